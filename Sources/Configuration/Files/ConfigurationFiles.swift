internal import Crypto
package import Gateway
internal import Glibc

/// The files of a configuration as the file system has them at one moment: which there are, and whether one was written or
/// replaced. Where that differs from another moment's, what they say may differ, too.
///
/// A path is followed each time, through whatever links there are: so what Kubernetes mounts, which it changes by turning a link
/// (`..data`), is seen, and so is a file that is written in place.
package struct ConfigurationFiles: Equatable {
  private struct File: Equatable {
    let path: String
    /// Device, inode, size, time of the contents and time of the inode; empty where there is no such file.
    let marks: [Int]

    init(_ path: String) {
      self.path = path
      var status = stat()
      guard stat(path, &status) == 0 else {
        marks = []
        return
      }
      marks = [
        Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), Int(status.st_size),
        status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
      ]
    }
  }

  private let files: [File]

  /// Whether they are the files that a configuration was read from, and say the same still.
  package func haveContents(of configuration: GatewayConfiguration) -> Bool {
    files.map(\.path) == (configuration.files + configuration.tlsFiles).map(\.path)
      && configuration.files.allSatisfy { file in
        (try? FileContents.read(file.path, limit: SourceText.limit)).map { Digest.sha256($0).hex } == file.digest
      }
      && configuration.tlsFiles.allSatisfy { file in
        // A key may be among them.
        let digest = try? FileContents.withSecret(file.path, limit: TLSFiles.largest) { Digest.sha256($0).hex }
        return digest == file.digest
      }
  }

  /// - Parameter path: of `gateway.yaml`, as it was loaded.
  package init(of configuration: GatewayConfiguration, at path: String) {
    let directory = FilePath.directory(of: path)
    let teams = configuration.teamPatterns.flatMap { FilePath.matching($0, in: directory) }
    files = ([path] + teams + configuration.tlsFiles.map(\.path)).map(File.init)
  }
}
