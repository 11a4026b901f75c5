#pragma once
// Objects that a function gives back.

#include <initializer_list>

#include "napi_args.h"

namespace onebit {

class ResultObject {
 public:
  explicit ResultObject(const Args& args) : args_(args), env_(args.env()) { check(napi_create_object(env_, &value_)); }

  napi_value value() const { return value_; }

  void text(const char* key, const char* text) {
    napi_value value;
    check(napi_create_string_utf8(env_, text, NAPI_AUTO_LENGTH, &value));
    set(key, value);
  }
  void number(const char* key, int64_t number) { set(key, args_.make_number(static_cast<double>(number))); }
  void numbers(const char* key, std::initializer_list<int64_t> numbers) {
    const napi_value list = args_.make_array();
    uint32_t i = 0;
    for (const int64_t number : numbers) check(napi_set_element(env_, list, i++, args_.make_number(static_cast<double>(number))));
    set(key, list);
  }
  /// A new typed array that starts at a cache line; returns its data, valid until the JavaScript call returns.
  void* array(const char* key, napi_typedarray_type type, size_t element_size, size_t length) {
    constexpr size_t kLine = 64;
    napi_value buffer, array;
    void* data = nullptr;
    check(napi_create_arraybuffer(env_, length * element_size + kLine, &data, &buffer));
    const size_t offset = (kLine - reinterpret_cast<uintptr_t>(data) % kLine) % kLine;
    check(napi_create_typedarray(env_, type, length, buffer, offset, &array));
    set(key, array);
    return static_cast<char*>(data) + offset;
  }

 private:
  void set(const char* key, napi_value value) { check(napi_set_named_property(env_, value_, key, value)); }
  void check(napi_status status) const {
    if (status != napi_ok) args_.fail("the result must be storable, Node-API gave status %d", static_cast<int>(status));
  }

  const Args& args_;
  napi_env env_;
  napi_value value_ = nullptr;
};

}  // namespace onebit
