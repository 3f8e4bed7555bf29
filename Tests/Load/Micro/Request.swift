/// The benchmark's one request and one reply: `BODY` and `REPLY` of Tests/Load/request.py, byte for byte, with a command
/// id as its load generators make them.
enum Request {
  static let body = Array(
    """
    {"call_control_id":"v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg","name":"Business",\
    "beep_enabled":"always","client_state":"aGF2ZSBhIG5pY2UgZGF5ID1d","command_id":"002880e3-00001-000000001",\
    "duration_minutes":5,"hold_audio_url":"http://www.example.com/audio.wav","start_conference_on_create":false,\
    "max_participants":250}
    """.utf8)

  static let reply = Array(
    """
    {"data":{"record_type":"conference","id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","name":"Business",\
    "created_at":"2019-01-23T18:10:02.574Z","expires_at":"2019-01-23T18:11:52.574Z",\
    "updated_at":"2019-01-23T18:10:02.574Z","region":"sv1","status":"init","end_reason":"all_left",\
    "ended_by":{"call_control_id":"v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg",\
    "call_session_id":"428c31b6-abf3-3bc1-b7f4-5013ef9657c1"},"connection_id":"1684641123236054244"}}
    """.utf8)

  static let commandID = "002880e3-00001-000000001"
  static let conferenceID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"

  /// What the audit says of it, without `prev` and `hash`.
  static let record = Array(
    """
    {"seq":123456,"time":"2026-11-23T10:15:30.123456Z","organization":"example","team":"demo","caller":"demo",\
    "peer":"127.0.0.1:50312","request_id":"0b8d2e55-1f0c-4f0e-9d52-3c6c5a1c9f11",\
    "command_id":"\(commandID)","call_control_id":"5d41402abc4b2a76b9719d911017c592",\
    "client_state":{"length":24,"pseudonym":"7d793037a0760186574b0282f2f435e7"},"decision":"forwarded",\
    "fields":[{"name":"call_control_id","effective":"5d41402abc4b2a76b9719d911017c592"},\
    {"name":"name","effective":"Business"},{"name":"beep_enabled","effective":"always"},\
    {"name":"client_state","effective":"7d793037a0760186574b0282f2f435e7"},\
    {"name":"comfort_noise","change":"default","effective":true},{"name":"command_id","effective":"\(commandID)"},\
    {"name":"duration_minutes","effective":5},\
    {"name":"hold_audio_url","effective":"http://www.example.com/audio.wav"},\
    {"name":"max_participants","change":"clamped","asked":250,"effective":200},\
    {"name":"start_conference_on_create","effective":false}],"conference":{"id":"\(conferenceID)"},\
    "outcome":"executed","status":200,"upstream":{"status":200,"attempts":1,"ms":12},"ms":14,"config":"9f86d081884c"}
    """.utf8)
}
