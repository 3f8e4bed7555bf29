internal import Gateway

/// The answers of one batch, by worker. They leave when the batch's transaction is committed, and not before.
struct AnswerOutbox {
  private var letters: [(recipient: any LedgerAnswerReceiving, answers: [AddressedLedgerAnswer])] = []

  mutating func append(_ answer: LedgerAnswer, to address: AnswerAddress) {
    let answer = AddressedLedgerAnswer(exchange: address.exchange, answer: answer)
    // As many recipients as workers: a scan is quicker than a dictionary.
    for index in letters.indices where letters[index].recipient === address.recipient {
      letters[index].answers.append(answer)
      return
    }
    letters.append((address.recipient, [answer]))
  }

  /// Takes back what was to be told this one.
  mutating func take(for address: AnswerAddress) -> LedgerAnswer? {
    for index in letters.indices where letters[index].recipient === address.recipient {
      guard let place = letters[index].answers.firstIndex(where: { $0.exchange == address.exchange }) else {
        return nil
      }
      return letters[index].answers.remove(at: place).answer
    }
    return nil
  }

  /// - Parameter lease: under which all of them are given; 0 where there are none.
  mutating func deliver(under lease: UInt64) {
    for index in letters.indices {
      if lease != 0 { for place in letters[index].answers.indices { letters[index].answers[place].lease = lease } }
      letters[index].recipient.receive(letters[index].answers)
    }
    letters.removeAll(keepingCapacity: true)
  }

  mutating func discard() { letters.removeAll(keepingCapacity: true) }
}
