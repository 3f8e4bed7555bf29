-- SHA-256 and its HMAC from the libcrypto that nginx has loaded anyway, and nginx's own hexadecimals.
local ffi = require "ffi"

ffi.cdef [[
unsigned char *SHA256(const char *bytes, size_t length, unsigned char *digest);
const void *EVP_sha256(void);
unsigned char *HMAC(const void *algorithm, const char *key, int key_length, const char *bytes, size_t length,
                    unsigned char *digest, unsigned int *digest_length);
unsigned char *ngx_hex_dump(unsigned char *target, const unsigned char *bytes, size_t length);
]]

local C = ffi.C
local buffer, hexadecimal = ffi.new("unsigned char[32]"), ffi.new("unsigned char[64]")
local sha256 = C.EVP_sha256()

local digest = {}

local function as_hex(count)
  C.ngx_hex_dump(hexadecimal, buffer, count)
  return ffi.string(hexadecimal, 2 * count)
end

function digest.sha256(text)
  C.SHA256(text, #text, buffer)
  return as_hex(32)
end

--- What stands in the record for a value that may be a token.
function digest.pseudonym(key, text)
  C.HMAC(sha256, key, #key, text, #text, buffer, nil)
  return as_hex(16)
end

return digest
