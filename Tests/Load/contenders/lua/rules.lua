-- The field table of Telnyx's conference, the policy of config/gateway.yaml and config/teams/demo.yaml, its caller, and
-- limits that are charged but never reached.
local rules = {}

rules.fields = {
  {name = "call_control_id", kind = "string", max = 1024, required = true},
  {name = "name", kind = "string", max = 255, required = true, pattern = "^[A-Za-z0-9-]+$", max_length = 128},
  {name = "beep_enabled", kind = "enumeration", values = {always = true, never = true, on_enter = true, on_exit = true},
   default = "on_enter", allow = {always = true, never = true, on_enter = true, on_exit = true}},
  {name = "client_state", kind = "base64"},
  {name = "comfort_noise", kind = "boolean", default = true},
  {name = "command_id", kind = "string", max = 255},
  {name = "duration_minutes", kind = "integer", min = 1, max = 2147483647, default = 60, most = 240},
  {name = "hold_audio_url", kind = "string", max = 4096, excludes = "hold_media_name",
   urls = {"https://media.example.com/hold/", "http://www.example.com/audio.wav"}},
  {name = "hold_media_name", kind = "string", max = 255, pattern = "^hold-.*$"},
  {name = "max_participants", kind = "integer", min = 2, max = 800, default = 20, most = 200, clamp = true},
  {name = "region", kind = "enumeration",
   values = {Australia = true, Europe = true, ["Middle East"] = true, US = true}, allow = {US = true, Europe = true}},
  {name = "start_conference_on_create", kind = "boolean"},
}

rules.callers = {
  ["535ff26aeb152d37355e7ad95ade8072bd655e29d9958e27386eb04b8be527c7"] = {team = "demo", name = "demo"},
}

-- Requests a second, and at most so many at once.
rules.limits = {
  {name = "account", key = function() return "organization" end, rate = 1000000, burst = 1000000},
  {name = "burst", key = function(caller) return "caller:" .. caller.team .. ":" .. caller.name end,
   rate = 1000000, burst = 1000000},
  {name = "daily", key = function(caller) return "team:" .. caller.team end, rate = 1000000, burst = 1000000},
}

return rules
