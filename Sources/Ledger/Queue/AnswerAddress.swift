internal import Gateway

/// Where an answer goes: which request of which worker.
struct AnswerAddress: Sendable {
  struct Key: Hashable, Sendable {
    let recipient: ObjectIdentifier
    let exchange: ExchangeID
  }

  let exchange: ExchangeID
  let recipient: any LedgerAnswerReceiving

  var key: Key { Key(recipient: ObjectIdentifier(recipient), exchange: exchange) }
}
