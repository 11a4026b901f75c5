#pragma once
// Checked access to the arguments of a JavaScript call. Any check that fails throws a C++ exception, which `call` turns into a JavaScript error
// ("name: what must hold, what was found", code ERR_SHAPE); nothing ever crosses Node-API as a C++ exception.

#include <node_api.h>

#include <cmath>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace onebit {

/// A borrowed array; `data` is valid until the JavaScript call returns.
template <typename T>
struct Span {
  T* data = nullptr;
  size_t size = 0;
  explicit operator bool() const { return data != nullptr; }
  T& operator[](size_t i) const { return data[i]; }
};

/// A Float32Array, an Int32Array or a Uint8Array.
struct AnySpan {
  napi_typedarray_type type = napi_float32_array;
  void* data = nullptr;
  size_t size = 0;
  size_t width() const { return type == napi_uint8_array ? 1 : 4; }
  template <typename T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

class ArgumentError : public std::runtime_error {
 public:
  explicit ArgumentError(const std::string& message, const char* code = "ERR_SHAPE") : std::runtime_error(message), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

/// A new Int32Array, and its data at the beginning of a cache line.
struct NewInt32Array {
  napi_value value;
  int32_t* data;
};

class Args {
 public:
  Args(napi_env env, napi_callback_info info, const char* name) : env_(env), name_(name) {
    count_ = kMax;
    napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr);
  }

  /// Throws "name: message".
  [[noreturn]] void fail(const char* format, ...) const __attribute__((format(printf, 2, 3))) {
    va_list list;
    va_start(list, format);
    const std::string message = expand(format, list);
    va_end(list);
    throw ArgumentError(std::string(name_) + ": " + message);
  }

  /// Throws "name: message" unless the condition holds. The message says what must hold and what was found.
  void require(bool condition, const char* format, ...) const __attribute__((format(printf, 3, 4))) {
    if (condition) return;
    va_list list;
    va_start(list, format);
    const std::string message = expand(format, list);
    va_end(list);
    throw ArgumentError(std::string(name_) + ": " + message);
  }

  Span<float> floats(size_t i, const char* what) const { return typed<float>(value(i), what, napi_float32_array, "Float32Array"); }
  Span<int32_t> int32s(size_t i, const char* what) const { return typed<int32_t>(value(i), what, napi_int32_array, "Int32Array"); }
  Span<uint32_t> uint32s(size_t i, const char* what) const { return typed<uint32_t>(value(i), what, napi_uint32_array, "Uint32Array"); }
  Span<uint8_t> uint8s(size_t i, const char* what) const { return typed<uint8_t>(value(i), what, napi_uint8_array, "Uint8Array"); }
  /// As `floats`; null or undefined give an empty span.
  Span<float> optional_floats(size_t i, const char* what) const { return is_nullish(i) ? Span<float>{} : floats(i, what); }

  /// The numbers of a Float64Array; an empty span for anything else.
  Span<double> float64s_or_nothing(size_t i) const {
    napi_typedarray_type type;
    Span<double> span;
    void* data = nullptr;
    if (napi_get_typedarray_info(env_, value(i), &type, &span.size, &data, nullptr, nullptr) != napi_ok || type != napi_float64_array) return {};
    span.data = static_cast<double*>(data);
    return span;
  }

  /// A Float32Array whose length must be exactly `size`.
  Span<float> floats(size_t i, const char* what, size_t size) const { return sized(floats(i, what), what, size); }
  Span<int32_t> int32s(size_t i, const char* what, size_t size) const { return sized(int32s(i, what), what, size); }
  Span<uint8_t> uint8s(size_t i, const char* what, size_t size) const { return sized(uint8s(i, what), what, size); }

  /// A tensor of any of the three types.
  AnySpan any(size_t i, const char* what) const { return any_value(value(i), what); }

  /// A JavaScript array of tensors, at most `max_length` of them.
  std::vector<AnySpan> arrays(size_t i, const char* what, size_t max_length) const {
    bool is_array = false;
    uint32_t length = 0;
    napi_is_array(env_, value(i), &is_array);
    if (!is_array) fail("%s must be an array of typed arrays", what);
    napi_get_array_length(env_, value(i), &length);
    require(length <= max_length, "%s must have at most %zu entries, got %u", what, max_length, length);
    std::vector<AnySpan> result(length);
    for (uint32_t k = 0; k < length; k++) {
      napi_value entry;
      if (napi_get_element(env_, value(i), k, &entry) != napi_ok) fail("%s must be readable", what);
      result[k] = any_value(entry, what);
    }
    return result;
  }

  int64_t integer(size_t i, const char* what, int64_t low, int64_t high) const {
    return integer_value(value(i), what, low, high);
  }

  int64_t checked_integer(double number, const char* what, int64_t low, int64_t high) const {
    if (!(number >= static_cast<double>(low) && number <= static_cast<double>(high)) || number != std::floor(number)) {
      fail("%s must be an integer in [%lld, %lld], got %g", what, static_cast<long long>(low), static_cast<long long>(high), number);
    }
    return static_cast<int64_t>(number);
  }

  double number(size_t i, const char* what) const { return number_value(value(i), what); }

  bool boolean(size_t i, const char* what) const {
    bool result = false;
    if (napi_get_value_bool(env_, value(i), &result) != napi_ok) fail("%s must be true or false", what);
    return result;
  }

  std::string text(size_t i, const char* what) const { return text_value(value(i), what); }

  /// Property `key` of the object argument `i`, an integer in [low, high].
  int64_t property(size_t i, const char* key, int64_t low, int64_t high) const {
    napi_value result;
    napi_valuetype type;
    if (napi_typeof(env_, value(i), &type) != napi_ok || type != napi_object) fail("argument %zu must be an object with %s", i, key);
    if (napi_get_named_property(env_, value(i), key, &result) != napi_ok) fail("%s must be readable", key);
    return integer_value(result, key, low, high);
  }

  /// An array of integers (a shape, axes, strides), at most `max_length` long, each in [low, high].
  std::vector<int64_t> integers(size_t i, const char* what, size_t max_length, int64_t low, int64_t high) const {
    bool is_array = false;
    uint32_t length = 0;
    napi_is_array(env_, value(i), &is_array);
    if (!is_array) fail("%s must be an array of integers", what);
    napi_get_array_length(env_, value(i), &length);
    require(length <= max_length, "%s must have at most %zu entries, got %u", what, max_length, length);
    std::vector<int64_t> result(length);
    for (uint32_t k = 0; k < length; k++) {
      napi_value entry;
      if (napi_get_element(env_, value(i), k, &entry) != napi_ok) fail("%s must be readable", what);
      result[k] = integer_value(entry, what, low, high);
    }
    return result;
  }

  napi_value make_array() const {
    napi_value result = nullptr;
    napi_create_array(env_, &result);
    return result;
  }
  void append(napi_value list, uint32_t index, napi_value entry) const { napi_set_element(env_, list, index, entry); }
  napi_value make_text(const char* text) const {
    napi_value result = nullptr;
    napi_create_string_utf8(env_, text, NAPI_AUTO_LENGTH, &result);
    return result;
  }
  napi_value make_number(double number) const {
    napi_value result = nullptr;
    napi_create_double(env_, number, &result);
    return result;
  }

  NewInt32Array make_int32s(size_t size) const {
    constexpr size_t kLine = 64;
    napi_value buffer = nullptr;
    void* data = nullptr;
    NewInt32Array result{};
    if (napi_create_arraybuffer(env_, size * sizeof(int32_t) + kLine, &data, &buffer) != napi_ok) throw std::bad_alloc();
    const size_t shift = (kLine - reinterpret_cast<uintptr_t>(data) % kLine) % kLine;
    result.data = reinterpret_cast<int32_t*>(static_cast<char*>(data) + shift);
    if (napi_create_typedarray(env_, napi_int32_array, size, buffer, shift, &result.value) != napi_ok) throw std::bad_alloc();
    return result;
  }

  /// An ArrayBuffer over memory of the add-on's own; `finalize` frees it. nullptr where the engine allows none (a caged V8).
  napi_value make_external_buffer(void* data, size_t bytes, napi_finalize finalize, void* hint) const {
    napi_value buffer = nullptr;
    return napi_create_external_arraybuffer(env_, data, bytes, finalize, hint, &buffer) == napi_ok ? buffer : nullptr;
  }

  /// Takes the memory of the ArrayBuffer from JavaScript.
  void detach(size_t i, const char* what) const {
    if (napi_detach_arraybuffer(env_, value(i)) != napi_ok) fail("%s must be an ArrayBuffer that can be detached", what);
  }

  napi_value make_boolean(bool value) const {
    napi_value result = nullptr;
    napi_get_boolean(env_, value, &result);
    return result;
  }

  bool is_nullish(size_t i) const {
    if (i >= count_) return true;
    napi_valuetype type = napi_undefined;
    napi_typeof(env_, values_[i], &type);
    return type == napi_undefined || type == napi_null;
  }

 private:
  friend class Field;
  static constexpr size_t kMax = 24;

  static std::string expand(const char* format, va_list list) {
    char buffer[512];
    std::vsnprintf(buffer, sizeof buffer, format, list);
    return buffer;
  }

  napi_value value(size_t i) const {
    if (i >= kMax) fail("argument %zu is out of range", i);
    return values_[i];  // Node-API fills missing arguments with undefined
  }

  std::string text_value(napi_value value, const char* what) const {
    char buffer[64];
    size_t length = 0;
    if (napi_get_value_string_utf8(env_, value, buffer, sizeof buffer, &length) != napi_ok) fail("%s must be a string", what);
    return std::string(buffer, length);
  }

  double number_value(napi_value value, const char* what) const {
    double result = 0;
    if (napi_get_value_double(env_, value, &result) != napi_ok) fail("%s must be a number", what);
    return result;
  }

  int64_t integer_value(napi_value value, const char* what, int64_t low, int64_t high) const {
    double number = 0;
    if (napi_get_value_double(env_, value, &number) != napi_ok) fail("%s must be an integer", what);
    return checked_integer(number, what, low, high);
  }

  AnySpan any_value(napi_value value, const char* what) const {
    bool is_typed = false;
    napi_is_typedarray(env_, value, &is_typed);
    AnySpan span;
    if (!is_typed || napi_get_typedarray_info(env_, value, &span.type, &span.size, &span.data, nullptr, nullptr) != napi_ok ||
        (span.type != napi_float32_array && span.type != napi_int32_array && span.type != napi_uint8_array)) {
      fail("%s must be a Float32Array, an Int32Array or a Uint8Array", what);
    }
    static int64_t empty = 0;  // a zero-length array may have no address
    if (span.size == 0) span.data = &empty;
    return span;
  }

  template <typename T>
  Span<T> typed(napi_value value, const char* what, napi_typedarray_type wanted, const char* wanted_name) const {
    bool is_typed = false;
    napi_is_typedarray(env_, value, &is_typed);
    if (!is_typed) fail("%s must be a %s", what, wanted_name);
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    // `data` already includes the byte offset of a sub-array.
    if (napi_get_typedarray_info(env_, value, &type, &length, &data, nullptr, nullptr) != napi_ok || type != wanted) {
      fail("%s must be a %s", what, wanted_name);
    }
    static T empty{};  // a zero-length array may have no address
    return {length == 0 ? &empty : static_cast<T*>(data), length};
  }

  template <typename T>
  Span<T> sized(Span<T> span, const char* what, size_t size) const {
    require(span.size == size, "%s must have length %zu, got %zu", what, size, span.size);
    return span;
  }

  napi_env env_;
  const char* name_;
  size_t count_ = 0;
  napi_value values_[kMax] = {};
};

/// A JavaScript function of the add-on. `function` returns nullptr for undefined.
struct FunctionEntry {
  const char* name;
  napi_value (*function)(Args& args);
};

inline napi_value throw_error(napi_env env, const char* code, const char* message) {
  napi_value code_value, text, error, name;
  napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &code_value);
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
  napi_create_error(env, code_value, text, &error);
  // Told apart from bugs by name, as every error that is the caller's to mend.
  napi_create_string_utf8(env, "OnebitError", NAPI_AUTO_LENGTH, &name);
  napi_set_named_property(env, error, "name", name);
  napi_throw(env, error);
  return nullptr;
}

inline napi_value call(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  const auto* entry = static_cast<const FunctionEntry*>(data);
  try {
    Args args(env, info, entry->name);
    return entry->function(args);
  } catch (const ArgumentError& error) {
    return throw_error(env, error.code(), error.what());
  } catch (const std::exception& error) {
    const std::string message = std::string(entry->name) + ": the native kernel failed: " + error.what();
    return throw_error(env, "ERR_BACKEND", message.c_str());
  }
}

/// `entries` must live as long as the process (a constexpr table).
template <size_t N>
void define_functions(napi_env env, napi_value exports, const FunctionEntry (&entries)[N]) {
  for (const FunctionEntry& entry : entries) {
    napi_value function;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, call, const_cast<FunctionEntry*>(&entry), &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
}

}  // namespace onebit
