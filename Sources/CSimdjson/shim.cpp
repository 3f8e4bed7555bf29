#include "shim.h"

// Whatever could throw does not compile then.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <string_view>
#include <vector>

// simdjson's tree as a list of tokens, and what Convene forbids beyond RFC 8259. No exception leaves this file: simdjson
// gives errors as values, and memory that can't be had ends the process, as it does in Swift.

namespace {

using namespace simdjson;

// A thread keeps its buffers from one text to the next, up to texts of this size: some 16 bytes for each of a text's, and a
// token for each value.
constexpr size_t kept_size = 64 * 1024;
constexpr size_t kept_tokens = 4096;
// Keys of an object that are compared each with each.
constexpr size_t few_keys = 16;

struct Fault {
  convene_json_fault kind = CONVENE_JSON_SOUND;
  const char *message = nullptr;
};

struct Workplace {
  dom::parser parser;
  std::vector<convene_json_token> tokens;
};

Fault malformed(error_code error) { return {CONVENE_JSON_MALFORMED, error_message(error)}; }

// The keys of one object, as far as they were seen.
class Keys {
public:
  void add(std::string_view key) {
    if (count < few_keys) {
      for (size_t i = 0; i < count; i++) has_twin |= few[i] == key;
      few[count] = key;
    }
    count++;
  }

  // Whether one of all the object's keys stands twice.
  bool has_duplicate(const dom::object &object) const {
    if (count <= few_keys) return has_twin;
    std::vector<std::string_view> keys;
    keys.reserve(count);
    for (auto member : object) keys.push_back(member.key);
    // Not by a table of hashes: whoever knows the hash could make all keys fall together.
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  // simdjson's own note of the number ends at 2^24 - 1.
  size_t count = 0;

private:
  std::string_view few[few_keys];
  bool has_twin = false;
};

class Writer {
public:
  Writer(std::vector<convene_json_token> &tokens, std::string_view text)
      : tokens(tokens), may_have_nul(text.find('\\') != std::string_view::npos) {}

  // What is wrong, where it is something.
  Fault fault;

  // Returns false where something is wrong.
  bool write(dom::element element, size_t depth) {
    switch (element.type()) {
    case dom::element_type::OBJECT: return write(dom::object(element.get_object().value_unsafe()), depth);
    case dom::element_type::ARRAY: return write(dom::array(element.get_array().value_unsafe()), depth);
    case dom::element_type::STRING: return write(element.get_string().value_unsafe());
    case dom::element_type::INT64: {
      add(CONVENE_JSON_INTEGER).integer = element.get_int64().value_unsafe();
      return true;
    }
    case dom::element_type::UINT64: return fail(CONVENE_JSON_MALFORMED, "an integer is beyond 64 bits");
    case dom::element_type::DOUBLE: {
      add(CONVENE_JSON_REAL).real = element.get_double().value_unsafe();
      return true;
    }
    case dom::element_type::BOOL: {
      add(element.get_bool().value_unsafe() ? CONVENE_JSON_TRUE : CONVENE_JSON_FALSE);
      return true;
    }
    case dom::element_type::NULL_VALUE: {
      add(CONVENE_JSON_NULL);
      return true;
    }
    }
    return fail(CONVENE_JSON_MALFORMED, "a value of no known type");
  }

private:
  std::vector<convene_json_token> &tokens;
  // In sound JSON a NUL can only be written as an escape, and most texts have none: then no string need be searched.
  const bool may_have_nul;

  convene_json_token &add(convene_json_kind kind) {
    tokens.push_back({static_cast<uint8_t>(kind), 0, {nullptr}});
    return tokens.back();
  }

  bool fail(convene_json_fault kind, const char *message) {
    fault = {kind, message};
    return false;
  }

  // Most tokens are strings: a call for each costs as much as what is done for it.
  [[gnu::always_inline]] bool write(std::string_view string) {
    if (may_have_nul && string.find('\0') != string.npos) {
      return fail(CONVENE_JSON_MALFORMED, "a string has a NUL in it");
    }
    tokens.push_back({CONVENE_JSON_STRING, string.size(), {string.data()}});
    return true;
  }

  bool write(const dom::object &object, size_t depth) {
    if (depth == 0) return fail(CONVENE_JSON_TOO_DEEP, "the text is nested too deep");
    const size_t place = tokens.size();
    add(CONVENE_JSON_OBJECT);
    Keys keys;
    for (auto member : object) {
      if (!write(member.key) || !write(member.value, depth - 1)) return false;
      keys.add(member.key);
    }
    tokens[place].size = keys.count;
    if (keys.has_duplicate(object)) return fail(CONVENE_JSON_DUPLICATE_KEY, "a key stands twice in one object");
    return true;
  }

  bool write(const dom::array &array, size_t depth) {
    if (depth == 0) return fail(CONVENE_JSON_TOO_DEEP, "the text is nested too deep");
    const size_t place = tokens.size();
    add(CONVENE_JSON_ARRAY);
    size_t count = 0;
    for (auto value : array) {
      if (!write(value, depth - 1)) return false;
      count++;
    }
    tokens[place].size = count;
    return true;
  }
};

// simdjson's tree doesn't tell where it stopped. Its other way of reading does, value by value: slower, and only asked
// once a text is known to be wrong.
error_code visit(ondemand::value value, size_t depth) {
  ondemand::json_type type;
  if (auto error = value.type().get(type)) return error;
  switch (type) {
  case ondemand::json_type::object: {
    ondemand::object object;
    if (auto error = value.get_object().get(object)) return error;
    for (auto member : object) {
      if (member.error()) return member.error();
      std::string_view key;
      ondemand::value inner;
      if (auto error = member.unescaped_key().get(key)) return error;
      if (auto error = member.value().get(inner)) return error;
      if (depth == 0) return DEPTH_ERROR;
      if (auto error = visit(inner, depth - 1)) return error;
    }
    return SUCCESS;
  }
  case ondemand::json_type::array: {
    ondemand::array array;
    if (auto error = value.get_array().get(array)) return error;
    for (auto element : array) {
      ondemand::value inner;
      if (auto error = element.get(inner)) return error;
      if (depth == 0) return DEPTH_ERROR;
      if (auto error = visit(inner, depth - 1)) return error;
    }
    return SUCCESS;
  }
  case ondemand::json_type::string: return value.get_string().error();
  case ondemand::json_type::number: return value.get_number().error();
  case ondemand::json_type::boolean: return value.get_bool().error();
  case ondemand::json_type::null: {
    bool is_null = false;
    if (auto error = value.is_null().get(is_null)) return error;
    return is_null ? SUCCESS : N_ATOM_ERROR;
  }
  }
  return TAPE_ERROR;
}

int64_t locate(const char *text, size_t length, size_t depth) {
  ondemand::parser parser;
  padded_string padded(text, length);
  ondemand::document document;
  ondemand::value root;
  if (parser.iterate(padded).get(document) || document.get_value().get(root)) return -1;
  const char *place = nullptr;
  if (visit(root, depth) == SUCCESS) return -1;
  if (document.current_location().get(place) || place == nullptr) return -1;
  return place >= padded.data() && place <= padded.data() + length ? place - padded.data() : -1;
}

} // namespace

extern "C" convene_json_result convene_json_parse(const char *text, size_t length, size_t depth) noexcept {
  static thread_local Workplace workplace;
  const bool is_large = workplace.parser.capacity() > kept_size || workplace.tokens.capacity() > kept_tokens;
  if (is_large && length <= kept_tokens) workplace = Workplace();
  workplace.tokens.clear();
  // Later versions pass over a byte order mark (RFC 8259, section 8.1, lets them).
  if (length >= 3 && std::string_view(text, 3) == "\xEF\xBB\xBF") {
    return {CONVENE_JSON_MALFORMED, "the text begins with a byte order mark", 0, nullptr};
  }
  dom::element root;
  Fault fault;
  if (auto error = workplace.parser.parse(text, length, true).get(root)) {
    fault = error == DEPTH_ERROR ? Fault{CONVENE_JSON_TOO_DEEP, "the text is nested too deep"} : malformed(error);
  } else if (!root.is_object() && !root.is_array()) {
    fault = {CONVENE_JSON_MALFORMED, "the text is neither an object nor an array"};
  } else {
    Writer writer(workplace.tokens, std::string_view(text, length));
    if (!writer.write(root, depth)) fault = writer.fault;
  }
  if (fault.kind == CONVENE_JSON_SOUND) return {CONVENE_JSON_SOUND, nullptr, -1, workplace.tokens.data()};
  const int64_t offset = fault.kind == CONVENE_JSON_MALFORMED ? locate(text, length, depth) : -1;
  return {static_cast<uint8_t>(fault.kind), fault.message, offset, nullptr};
}
