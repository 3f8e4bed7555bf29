-- SHA-256 and its HMAC from the libcrypto that nginx has loaded anyway.
local ffi = require "ffi"

ffi.cdef [[
unsigned char *SHA256(const char *bytes, size_t length, unsigned char *digest);
const void *EVP_sha256(void);
unsigned char *HMAC(const void *algorithm, const char *key, int key_length, const char *bytes, size_t length,
                    unsigned char *digest, unsigned int *digest_length);
]]

local crypto = ffi.C
local buffer = ffi.new("unsigned char[32]")
local hex = {}
for byte = 0, 255 do hex[byte] = string.format("%02x", byte) end

local digest = {}

local function as_hex(count)
  local parts = {}
  for index = 0, count - 1 do parts[index + 1] = hex[buffer[index]] end
  return table.concat(parts)
end

function digest.sha256(text)
  crypto.SHA256(text, #text, buffer)
  return as_hex(32)
end

--- What stands in the record for a value that may be a token.
function digest.pseudonym(key, text)
  crypto.HMAC(crypto.EVP_sha256(), key, #key, text, #text, buffer, nil)
  return as_hex(16)
end

return digest
