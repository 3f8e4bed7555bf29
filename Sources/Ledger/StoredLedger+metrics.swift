package import Metrics

extension StoredLedger {
  package func register(in registry: MetricRegistry) {
    let (counters, storage) = (counters, storage)
    registry.add { page in
      counters.write(to: &page)
      guard let bytes = storage.bytes else { return }
      page.family(
        .gauge, "convene_ledger_bytes", unit: "bytes",
        "Of the disk that the ledger's file and its log take up, or of memory.")
      page.sample(bytes)
    }
  }
}

extension LedgerCounters {
  fileprivate func write(to page: inout MetricPage) {
    page.family(.gauge, "convene_ledger_writable", "1 while the ledger takes new commands.")
    page.sample(unavailability == nil)
    page.family(
      .histogram, "convene_ledger_commit_duration_seconds", unit: "seconds",
      "Of a transaction's COMMIT, which waits for the disk.")
    page.sample(commitDurations.reading)
    page.family(.histogram, "convene_ledger_batch_requests", unit: "requests", "In one transaction.")
    page.sample(batches.reading)
    page.family(
      .gauge, "convene_ledger_replicas",
      "That have the ledger in common and live, as its database said last; 1 for a file.")
    page.sample(Int(replicas))
    page.family(
      .gauge, "convene_unknown_commands", "Commands in the ledger of which nobody knows yet whether they were executed."
    )
    page.sample(Int(unknown))
    page.family(
      .counter, "convene_records_lost", "Audit records that could not be written, nor kept until they can be.")
    page.sample(lostRecords.value)
    let lags = sinkLags
    page.family(.gauge, "convene_sink_lag_records", unit: "records", "On the record that the sink doesn't have yet.")
    for (sink, records) in lags { page.sample(Int(records), ["sink": sink.name]) }
    page.family(.counter, "convene_sink_failures", "Times that the sink could not be written or opened.")
    for (sink, _) in lags { page.sample(sink.failures.value, ["sink": sink.name]) }
  }
}
