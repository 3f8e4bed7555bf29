#pragma once
#include <string_view>

// Numbers as RFC 8259, section 6, has them, of any size and precision: simdjson judges their grammar together with their range.

// A text without the white space behind it.
inline std::string_view without_space(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

inline bool is_number(std::string_view text) {
  const auto take = [&](std::string_view any) {
    const bool found = !text.empty() && any.find(text[0]) != any.npos;
    if (found) text.remove_prefix(1);
    return found;
  };
  const auto take_digits = [&] {
    bool found = false;
    while (take("0123456789")) found = true;
    return found;
  };
  take("-");
  if (!take("0") && !take_digits()) return false;
  if (take(".") && !take_digits()) return false;
  if (take("eE")) {
    take("+-");
    if (!take_digits()) return false;
  }
  return text.empty();
}
