/// How far the end of the process has come, as a worker's pipeline sees it. It never goes back.
enum StopStage: Comparable {
  case serving
  /// Everything goes on, but whoever asks is told that it won't for long.
  case announced
  /// Nothing new is sent any more; replays are still answered.
  case draining
  /// Nothing is waited for any more: what is on its way ends, as unknown where it may have been executed.
  case abandoning
}
