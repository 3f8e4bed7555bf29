#include "number.h"
#include "shim.h"

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <string_view>
#include <vector>

// Replies of others, of which only what is needed is read: what can't be told of a value is no fault of the text. Everything
// here goes by simdjson's "On-Demand" API, which looks at a value only when it is asked for it.

namespace {

using namespace simdjson;

constexpr size_t kept_size = 64 * 1024;
constexpr size_t kept_tokens = 4096;
constexpr size_t deepest = 32;
constexpr size_t few_keys = 16;
// For the stack of a thread.
constexpr size_t most_sound = 512;

struct Workplace {
  ondemand::parser parser;
  // The text, with what simdjson may read behind its end.
  std::vector<char> padded;
  std::vector<convene_json_token> tokens;
  // Where the keys of the objects are that enclose the current value.
  std::vector<size_t> keys;
};

class Reader {
public:
  Reader(Workplace &place, const char *original, bool is_masked)
      : place(place), tokens(place.tokens), original(original), is_masked(is_masked) {}

  // Return false where it can't even be told where the value ends.
  bool read_outermost(ondemand::object object) { return read(object, deepest - 1); }
  bool read_outermost(ondemand::array array) { return read(array, deepest - 1); }

private:
  Workplace &place;
  std::vector<convene_json_token> &tokens;
  // The text as it came; in the copy, bytes may be masked.
  const char *const original;
  const bool is_masked;

  bool read(ondemand::value value, size_t depth) {
    ondemand::json_type type;
    if (value.type().get(type)) return opaque();
    switch (type) {
    case ondemand::json_type::object: {
      ondemand::object object;
      if (depth == 0) return opaque();
      return !value.get_object().get(object) && read(object, depth - 1);
    }
    case ondemand::json_type::array: {
      ondemand::array array;
      if (depth == 0) return opaque();
      return !value.get_array().get(array) && read(array, depth - 1);
    }
    case ondemand::json_type::string: return string(value);
    case ondemand::json_type::number: {
      int64_t integer;
      if (!value.get_int64().get(integer)) return add(CONVENE_JSON_INTEGER).integer = integer, true;
      const auto text = without_space(value.raw_json_token());
      if (!is_number(text)) return opaque();
      return tokens.push_back({CONVENE_JSON_NUMBER, text.size(), {text.data()}}), true;
    }
    case ondemand::json_type::boolean: {
      bool boolean;
      if (value.get_bool().get(boolean)) return opaque();
      return add(boolean ? CONVENE_JSON_TRUE : CONVENE_JSON_FALSE), true;
    }
    case ondemand::json_type::null: {
      bool is_null = false;
      if (value.is_null().get(is_null) || !is_null) return opaque();
      return add(CONVENE_JSON_NULL), true;
    }
    }
    return false;
  }

  bool read(ondemand::object object, size_t depth) {
    const size_t start = tokens.size();
    const size_t first_key = place.keys.size();
    size_t count = 0;
    add(CONVENE_JSON_OBJECT);
    for (auto field : object) {
      ondemand::value value;
      std::string_view key;
      if (field.error()) return false;
      place.keys.push_back(tokens.size());
      if (field.unescaped_key().get(key)) {
        opaque();
      } else {
        add(key);
      }
      if (field.value().get(value) || !read(value, depth)) return false;
      count++;
    }
    tokens[start].size = count;
    forget_twins(first_key);
    return true;
  }

  bool read(ondemand::array array, size_t depth) {
    const size_t start = tokens.size();
    size_t count = 0;
    add(CONVENE_JSON_ARRAY);
    for (auto element : array) {
      ondemand::value value;
      if (element.get(value) || !read(value, depth)) return false;
      count++;
    }
    tokens[start].size = count;
    return true;
  }

  convene_json_token &add(convene_json_kind kind) {
    tokens.push_back({static_cast<uint8_t>(kind), 0, {nullptr}});
    return tokens.back();
  }

  void add(std::string_view string) { tokens.push_back({CONVENE_JSON_STRING, string.size(), {string.data()}}); }

  bool opaque() { return add(CONVENE_JSON_OPAQUE), true; }

  bool string(ondemand::value value) {
    const std::string_view raw = value.raw_json_token();
    std::string_view text;
    if (value.get_string().get(text) || text.find('\0') != text.npos || (is_masked && is_altered(raw))) return opaque();
    return add(text), true;
  }

  // Whether a string has bytes that are masked in the copy. Behind it there may be spaces that are.
  bool is_altered(std::string_view raw) const {
    const size_t length = raw.rfind('"');
    return std::string_view(original + (raw.data() - place.padded.data()), length) != raw.substr(0, length);
  }

  std::string_view text(size_t token) const { return {tokens[token].text, tokens[token].size}; }

  // Of a key that stands twice in an object, nobody can tell which is meant, but where both are the same text.
  void forget_twins(size_t first_key) {
    const auto begin = place.keys.begin() + first_key;
    const auto end = std::remove_if(
        begin, place.keys.end(), [&](size_t key) { return tokens[key].kind != CONVENE_JSON_STRING; });
    if (end - begin <= static_cast<ptrdiff_t>(few_keys)) {
      for (auto key = begin; key < end; key++) {
        for (auto other = key + 1; other < end; other++) compare(*key, *other);
      }
    } else {
      std::sort(begin, end, [&](size_t left, size_t right) {
        const int order = text(left).compare(text(right));
        return order < 0 || (order == 0 && left < right);
      });
      // The first of those that are equal is compared with each of the others.
      for (auto key = begin; key < end;) {
        auto other = key + 1;
        for (; other < end && text(*key) == text(*other); other++) compare(*key, *other);
        key = other;
      }
    }
    place.keys.resize(first_key);
  }

  void compare(size_t key, size_t other) {
    if (text(key) != text(other)) return;
    const auto &value = tokens[key + 1], &twin = tokens[other + 1];
    const bool are_equal =
        value.kind == CONVENE_JSON_STRING && twin.kind == CONVENE_JSON_STRING && text(key + 1) == text(other + 1);
    tokens[other].kind = CONVENE_JSON_OPAQUE;
    if (!are_equal) tokens[key].kind = CONVENE_JSON_OPAQUE;
  }
};

// Bytes that no JSON text may have within a string, or anywhere: simdjson refuses a text for one of them. They are neither
// quotes nor brackets, and mean nothing for where a value ends.
bool mask(std::vector<char> &text, size_t length) {
  bool has_masked = false;
  for (size_t i = 0; i < length; i++) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x80) continue;
    text[i] = byte < 0x20 ? ' ' : '?';
    has_masked = true;
  }
  return has_masked;
}

bool is_sound(ondemand::value value, size_t depth);

bool is_sound(ondemand::object object, size_t depth) {
  for (auto field : object) {
    ondemand::value value;
    if (field.error() || field.unescaped_key().error() || field.value().get(value)) return false;
    if (!is_sound(value, depth)) return false;
  }
  return true;
}

bool is_sound(ondemand::array array, size_t depth) {
  for (auto element : array) {
    ondemand::value value;
    if (element.get(value) || !is_sound(value, depth)) return false;
  }
  return true;
}

// Whether a value is one that RFC 8259 has.
bool is_sound(ondemand::value value, size_t depth) {
  ondemand::json_type type;
  if (depth == 0 || value.type().get(type)) return false;
  switch (type) {
  case ondemand::json_type::object: {
    ondemand::object object;
    return !value.get_object().get(object) && is_sound(object, depth - 1);
  }
  case ondemand::json_type::array: {
    ondemand::array array;
    return !value.get_array().get(array) && is_sound(array, depth - 1);
  }
  case ondemand::json_type::string: return !value.get_string().error();
  case ondemand::json_type::number: return is_number(without_space(value.raw_json_token()));
  case ondemand::json_type::boolean: return !value.get_bool().error();
  case ondemand::json_type::null: {
    bool is_null = false;
    return !value.is_null().get(is_null) && is_null;
  }
  }
  return false;
}

// Whether the outermost value is an object or an array, `take` takes it, and nothing follows.
template <typename Take> bool is_taken(ondemand::document &document, Take take) {
  ondemand::json_type type;
  ondemand::object object;
  ondemand::array array;
  if (document.type().get(type)) return false;
  if (type == ondemand::json_type::object) {
    if (document.get_object().get(object) || !take(object)) return false;
  } else {
    if (document.get_array().get(array) || !take(array)) return false;
  }
  return document.current_location().error() == OUT_OF_BOUNDS;
}

} // namespace

extern "C" const convene_json_token *convene_json_read(const char *text, size_t length) noexcept {
  static thread_local Workplace workplace;
  const bool is_large = workplace.padded.capacity() > kept_size + SIMDJSON_PADDING ||
                        workplace.tokens.capacity() > kept_tokens || workplace.keys.capacity() > kept_tokens;
  if (is_large && length <= kept_tokens) workplace = Workplace();
  if (length >= 3 && std::string_view(text, 3) == "\xEF\xBB\xBF") text += 3, length -= 3;
  workplace.padded.assign(text, text + length);
  workplace.padded.resize(length + SIMDJSON_PADDING);
  for (bool is_masked : {false, true}) {
    if (is_masked && !mask(workplace.padded, length)) return nullptr;
    workplace.tokens.clear();
    workplace.keys.clear();
    ondemand::document document;
    const padded_string_view padded(workplace.padded.data(), length, workplace.padded.size());
    const auto error = workplace.parser.iterate(padded).get(document);
    if (error == UTF8_ERROR || error == UNESCAPED_CHARS) continue;
    if (error) return nullptr;
    Reader reader(workplace, text, is_masked);
    const bool is_read = is_taken(document, [&](auto outermost) { return reader.read_outermost(outermost); });
    return is_read ? workplace.tokens.data() : nullptr;
  }
  return nullptr;
}

extern "C" bool convene_json_is_sound(const char *text, size_t length) noexcept {
  ondemand::parser parser;
  const padded_string padded(text, length);
  ondemand::document document;
  return !parser.iterate(padded).get(document) &&
         is_taken(document, [](auto outermost) { return is_sound(outermost, most_sound - 1); });
}
