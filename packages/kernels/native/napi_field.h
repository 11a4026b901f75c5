#pragma once
// Values inside object arguments, named in errors by their path: `Field(args, 3, "transform")["residual"]["values"].floats(size)`.
// Reading a property may run a getter, and that may detach arrays: a function gets all its fields before it takes the address of any array.

#include "napi_args.h"

namespace onebit {

class Field {
 public:
  Field(const Args& args, size_t i, std::string path) : Field(&args, args.value(i), std::move(path)) {}

  bool is_nullish() const { return is(napi_undefined) || is(napi_null); }
  bool is_object() const { return is(napi_object); }
  bool is_typed_array() const {
    bool result = false;
    napi_is_typedarray(args_->env_, value_, &result);
    return result;
  }

  /// Property of an object.
  Field operator[](const char* key) const {
    if (!is_object()) args_->fail("%s must be an object", path_.c_str());
    napi_value result = nullptr;
    if (napi_get_named_property(args_->env_, value_, key, &result) != napi_ok) args_->fail("%s.%s must be readable", path_.c_str(), key);
    return Field(args_, result, path_ + "." + key);
  }

  /// Entries of a JavaScript array.
  std::vector<Field> entries(size_t max_length) const {
    bool is_array = false;
    uint32_t length = 0;
    napi_is_array(args_->env_, value_, &is_array);
    if (!is_array) args_->fail("%s must be an array", path_.c_str());
    napi_get_array_length(args_->env_, value_, &length);
    args_->require(length <= max_length, "%s must have at most %zu entries, got %u", path_.c_str(), max_length, length);
    std::vector<Field> result;
    for (uint32_t i = 0; i < length; i++) {
      const std::string path = path_ + "[" + std::to_string(i) + "]";
      napi_value entry = nullptr;
      if (napi_get_element(args_->env_, value_, i, &entry) != napi_ok) args_->fail("%s must be readable", path.c_str());
      result.push_back(Field(args_, entry, path));
    }
    return result;
  }

  /// The same value under another name.
  Field named(std::string path) const { return Field(args_, value_, std::move(path)); }

  Span<float> floats(size_t size) const { return array<float>(napi_float32_array, "Float32Array", size); }
  Span<int32_t> int32s(size_t size) const { return array<int32_t>(napi_int32_array, "Int32Array", size); }
  Span<int8_t> int8s(size_t size) const { return array<int8_t>(napi_int8_array, "Int8Array", size); }
  Span<int8_t> int8s() const { return args_->typed<int8_t>(value_, path_.c_str(), napi_int8_array, "Int8Array"); }
  Span<uint8_t> uint8s(size_t size) const { return array<uint8_t>(napi_uint8_array, "Uint8Array", size); }
  /// Null or undefined give an empty span.
  Span<float> optional_floats(size_t size) const { return is_nullish() ? Span<float>{} : floats(size); }

  double number() const { return args_->number_value(value_, path_.c_str()); }
  int64_t integer(int64_t low, int64_t high) const { return args_->integer_value(value_, path_.c_str(), low, high); }
  std::string text() const { return args_->text_value(value_, path_.c_str()); }

  /// Throws "name: path message".
  [[noreturn]] void fail(const char* format, ...) const __attribute__((format(printf, 2, 3))) {
    va_list list;
    va_start(list, format);
    const std::string message = Args::expand(format, list);
    va_end(list);
    args_->fail("%s %s", path_.c_str(), message.c_str());
  }

  /// As `fail`, for what this machine or kernel set cannot take: ERR_BACKEND.
  [[noreturn]] void fail_backend(const char* format, ...) const __attribute__((format(printf, 2, 3))) {
    va_list list;
    va_start(list, format);
    const std::string message = Args::expand(format, list);
    va_end(list);
    throw ArgumentError(std::string(args_->name_) + ": " + path_ + " " + message, "ERR_BACKEND");
  }

 private:
  Field(const Args* args, napi_value value, std::string path) : args_(args), value_(value), path_(std::move(path)) {}

  bool is(napi_valuetype wanted) const {
    napi_valuetype type = napi_undefined;
    napi_typeof(args_->env_, value_, &type);
    return type == wanted;
  }

  template <typename T>
  Span<T> array(napi_typedarray_type type, const char* type_name, size_t size) const {
    return args_->sized(args_->typed<T>(value_, path_.c_str(), type, type_name), path_.c_str(), size);
  }

  const Args* args_;
  napi_value value_;
  std::string path_;
};

}  // namespace onebit
