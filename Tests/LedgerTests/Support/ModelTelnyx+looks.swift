import EventLoop
import Gateway

/// How the model answers look-ups.
extension ModelTelnyx {
  /// - Parameters:
  ///   - path: as `Reconciliation` asks for it.
  ///   - call: of the command that was first sent with a name.
  func look(_ path: String, at time: Int, call: (Conference) -> String) -> AttemptOutcome {
    let target = path.split(separator: "?", maxSplits: 1)
    let steps = target[0].split(separator: "/").map(String.init)
    var query: [String: String] = [:]
    for pair in target.dropFirst().first?.split(separator: "&") ?? [] {
      let sides = pair.split(separator: "=").map(String.init)
      query[sides[0]] = sides.count > 1 ? sides[1] : ""
    }
    switch steps.count {
    case 1: return answer(listed(query, at: time), at: time)
    case 2:
      guard let conference = made.first(where: { "\($0.number)" == steps[1] }) else {
        return answer("{}", 404, at: time)
      }
      return answer(String(decoding: conference.reply.body, as: UTF8.self), at: time)
    default:
      let calls = made.filter { "\($0.number)" == steps[1] }.map { #"{"call_control_id":"\#(call($0))"}"# }
      return answer(#"{"data":[\#(calls.joined(separator: ","))]}"#, at: time)
    }
  }

  private func listed(_ query: [String: String], at time: Int) -> String {
    let name = form((query["filter%5Bname%5D"] ?? "").replacing("%20", with: " "))
    let status = query["filter%5Bstatus%5D"]
    let page = Int(query["page%5Bnumber%5D"] ?? "1") ?? 1
    let found = made.reversed().filter { conference in
      conference.name.utf8.elementsEqual(name.utf8)
        && (status == nil || status == self.status(of: conference, at: time))
    }
    let rows = found.dropFirst((page - 1) * pageSize).prefix(pageSize).map { conference in
      #"{"id":"\#(conference.number)","name":"\#(conference.name)","created_at":"\#(conference.created.rfc3339)"}"#
    }
    let pages = (found.count + pageSize - 1) / pageSize
    return
      #"{"data":[\#(rows.joined(separator: ","))],"meta":{"total_pages":\#(pages),"total_results":\#(found.count),"#
      + #""page_number":\#(page),"page_size":\#(pageSize)}}"#
  }

  private func status(of conference: Conference, at time: Int) -> String {
    switch time - conference.at {
    case ..<20: "init"
    case ..<120: "in_progress"
    default: "completed"
    }
  }

  /// Its clock shows whole seconds.
  private func answer(_ body: String, _ status: Int = 200, at time: Int) -> AttemptOutcome {
    .replied(UpstreamReply(status: status, fields: [:], body: Array(body.utf8), date: now(time)))
  }
}
