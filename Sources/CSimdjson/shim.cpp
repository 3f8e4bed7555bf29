#include "number.h"
#include "shim.h"

// Whatever could throw does not compile then.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

// simdjson's tree as a list of tokens, and what Convene forbids beyond RFC 8259. No exception leaves this file: simdjson
// gives errors as values, and memory that can't be had ends the process, as it does in Swift.
//
// The tree knows numbers as 64 bits, refuses those that have no place there, and doesn't tell where anything stood. Most
// texts have nothing else to ask for; for the others there is a second way of reading (`Reading`), which is slower.

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

Fault malformed(error_code error) { return {CONVENE_JSON_MALFORMED, error_message(error)}; }

constexpr Fault too_deep = {CONVENE_JSON_TOO_DEEP, "the text is nested too deep"};

// What simdjson's other way of reading makes of a text, value by value. It looks only at what it is asked for: whether the
// text is sound is for the tree to say.
class Reading {
public:
  std::vector<convene_json_token> tokens;
  std::vector<convene_json_place> places;
  // Those that are no integers within 64 bits.
  std::vector<convene_json_place> numbers;

  // Returns whether it came to the end.
  bool read(const char *text, size_t length, size_t depth) {
    tokens.clear();
    places.clear();
    numbers.clear();
    stop = nullptr;
    copy = padded_string(text, length);
    outermost = depth;
    ondemand::value root;
    if (parser.iterate(copy).get(document) || document.get_value().get(root)) return false;
    if (visit(root, depth) == SUCCESS) return true;
    if (document.current_location().get(stop)) stop = nullptr;
    return false;
  }

  // Where it stopped; negative where that can't be told.
  int64_t offset() const {
    return stop >= copy.data() && stop <= copy.data() + copy.size() ? stop - copy.data() : -1;
  }

private:
  ondemand::parser parser;
  ondemand::document document;
  padded_string copy;
  const char *stop = nullptr;
  size_t outermost = 0;

  void add(convene_json_kind kind, std::string_view text = {}) {
    tokens.push_back({static_cast<uint8_t>(kind), text.size(), {text.data()}});
  }

  error_code visit(ondemand::value value, size_t depth) {
    ondemand::json_type type;
    if (auto error = value.type().get(type)) return error;
    switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      if (auto error = value.get_object().get(object)) return error;
      return visit_all(CONVENE_JSON_OBJECT, object, depth);
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      if (auto error = value.get_array().get(array)) return error;
      return visit_all(CONVENE_JSON_ARRAY, array, depth);
    }
    case ondemand::json_type::string: {
      std::string_view string;
      if (auto error = value.get_string().get(string)) return error;
      add(CONVENE_JSON_STRING, string);
      return SUCCESS;
    }
    case ondemand::json_type::number: return visit_number(value);
    case ondemand::json_type::boolean: {
      bool boolean = false;
      if (auto error = value.get_bool().get(boolean)) return error;
      add(boolean ? CONVENE_JSON_TRUE : CONVENE_JSON_FALSE);
      return SUCCESS;
    }
    case ondemand::json_type::null: {
      bool is_null = false;
      if (auto error = value.is_null().get(is_null)) return error;
      add(CONVENE_JSON_NULL);
      return is_null ? SUCCESS : N_ATOM_ERROR;
    }
    }
    return TAPE_ERROR;
  }

  template <typename Container>
  error_code visit_all(convene_json_kind kind, Container container, size_t depth) {
    if (depth == 0) return DEPTH_ERROR;
    const size_t place = tokens.size();
    add(kind);
    size_t count = 0;
    for (auto member : container) {
      if (member.error()) return member.error();
      ondemand::value value;
      if (auto error = take(member, value)) return error;
      const size_t start = value.raw_json_token().data() - copy.data();
      const size_t token = tokens.size();
      if (auto error = visit(value, depth - 1)) return error;
      if (depth == outermost) {
        size_t size = 0;
        if (auto error = size_from(start, tokens[token], size)) return error;
        places.push_back({start, size});
      }
      count++;
    }
    tokens[place].size = count;
    return SUCCESS;
  }

  error_code take(simdjson_result<ondemand::field> &member, ondemand::value &value) {
    std::string_view key;
    if (auto error = member.unescaped_key().get(key)) return error;
    add(CONVENE_JSON_STRING, key);
    return member.value().get(value);
  }

  error_code take(simdjson_result<ondemand::value> &member, ondemand::value &value) { return member.get(value); }

  error_code visit_number(ondemand::value &value) {
    int64_t integer = 0;
    if (value.get_int64().get(integer) == SUCCESS) {
      add(CONVENE_JSON_INTEGER);
      tokens.back().integer = integer;
      return SUCCESS;
    }
    // Not taken any further: whoever goes on to the next value passes over this one.
    const auto text = without_space(value.raw_json_token());
    if (!is_number(text)) return NUMBER_ERROR;
    add(CONVENE_JSON_NUMBER, text);
    numbers.push_back({static_cast<size_t>(text.data() - copy.data()), text.size()});
    return SUCCESS;
  }

  // The bytes of a value that was just visited.
  error_code size_from(size_t start, const convene_json_token &token, size_t &size) {
    if (token.kind == CONVENE_JSON_NUMBER) {
      size = token.size;
      return SUCCESS;
    }
    const char *next = nullptr;
    if (auto error = document.current_location().get(next)) return error;
    const char *const first = copy.data() + start;
    size = without_space({first, static_cast<size_t>(next - first)}).size();
    return SUCCESS;
  }
};

struct Workplace {
  dom::parser parser;
  std::vector<convene_json_token> tokens;
  Reading reading;
};

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
  explicit Writer(std::vector<convene_json_token> &tokens) : tokens(tokens) {}

  // What is wrong, where it is something.
  Fault fault;
  // Whether there is a number that has no token here.
  bool has_other_numbers = false;

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
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE: return has_other_numbers = true;
    case dom::element_type::BOOL: {
      add(element.get_bool().value_unsafe() ? CONVENE_JSON_TRUE : CONVENE_JSON_FALSE);
      return true;
    }
    case dom::element_type::NULL_VALUE: {
      add(CONVENE_JSON_NULL);
      return true;
    }
    }
    return fail({CONVENE_JSON_MALFORMED, "a value of no known type"});
  }

private:
  std::vector<convene_json_token> &tokens;

  convene_json_token &add(convene_json_kind kind) {
    tokens.push_back({static_cast<uint8_t>(kind), 0, {nullptr}});
    return tokens.back();
  }

  bool fail(Fault found) {
    fault = found;
    return false;
  }

  // Most tokens are strings: a call for each costs as much as what is done for it.
  [[gnu::always_inline]] bool write(std::string_view string) {
    tokens.push_back({CONVENE_JSON_STRING, string.size(), {string.data()}});
    return true;
  }

  bool write(const dom::object &object, size_t depth) {
    if (depth == 0) return fail(too_deep);
    const size_t place = tokens.size();
    add(CONVENE_JSON_OBJECT);
    Keys keys;
    for (auto member : object) {
      if (!write(member.key) || !write(member.value, depth - 1)) return false;
      keys.add(member.key);
    }
    tokens[place].size = keys.count;
    if (keys.has_duplicate(object)) return fail({CONVENE_JSON_DUPLICATE_KEY, "a key stands twice in one object"});
    return true;
  }

  bool write(const dom::array &array, size_t depth) {
    if (depth == 0) return fail(too_deep);
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

// The text with a zero in place of each of the numbers, which are known to be ones, and white space where it is shorter: sound
// if and only if the text is.
std::string without(const std::vector<convene_json_place> &numbers, std::string_view text) {
  std::string changed(text);
  for (const auto &number : numbers) {
    std::fill_n(changed.begin() + number.start, number.size, ' ');
    changed[number.start] = '0';
  }
  return changed;
}

convene_json_result parse(Workplace &workplace, std::string_view text, size_t depth, bool with_places) {
  // Later versions pass over a byte order mark (RFC 8259, section 8.1, lets them).
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    return {CONVENE_JSON_MALFORMED, "the text begins with a byte order mark", 0, nullptr, nullptr};
  }
  auto &reading = workplace.reading;
  const auto failure = [](Fault fault, int64_t offset = -1) -> convene_json_result {
    return {static_cast<uint8_t>(fault.kind), fault.message, offset, nullptr, nullptr};
  };
  dom::element root;
  bool is_read = false;
  auto error = workplace.parser.parse(text.data(), text.size(), true).get(root);
  if (error != SUCCESS && error != DEPTH_ERROR) {
    // Perhaps for a number that is too large, and then it has not seen what is behind that.
    is_read = reading.read(text.data(), text.size(), depth);
    if (!reading.numbers.empty()) error = workplace.parser.parse(without(reading.numbers, text)).get(root);
    if (error != SUCCESS && error != DEPTH_ERROR) return failure(malformed(error), reading.offset());
  }
  if (error == DEPTH_ERROR) return failure(too_deep);
  if (!root.is_object() && !root.is_array()) {
    return failure({CONVENE_JSON_MALFORMED, "the text is neither an object nor an array"});
  }
  Writer writer(workplace.tokens);
  if (!writer.write(root, depth)) return failure(writer.fault);
  if (!is_read && !with_places && !writer.has_other_numbers) {
    return {CONVENE_JSON_SOUND, nullptr, -1, workplace.tokens.data(), nullptr};
  }
  if (!is_read && !reading.read(text.data(), text.size(), depth)) return failure(malformed(TAPE_ERROR), reading.offset());
  return {CONVENE_JSON_SOUND, nullptr, -1, reading.tokens.data(), reading.places.data()};
}

} // namespace

extern "C" convene_json_result convene_json_parse(
    const char *text, size_t length, size_t depth, bool with_places) noexcept {
  static thread_local Workplace workplace;
  const bool is_large = workplace.parser.capacity() > kept_size || workplace.tokens.capacity() > kept_tokens;
  if (is_large && length <= kept_tokens) workplace = Workplace();
  workplace.tokens.clear();
  return parse(workplace, {text, length}, depth, with_places);
}
