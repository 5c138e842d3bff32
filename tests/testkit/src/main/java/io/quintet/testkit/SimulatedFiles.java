package io.quintet.testkit;

import io.quintet.ffi.FileStatus;
import io.quintet.ffi.linux.Linux;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The file system of a simulated machine: names of unix sockets, unix(7), and nothing else. */
final class SimulatedFiles {
  private static final int SOCKET_MODE = 0140777;

  private final Map<String, FileStatus> files = new HashMap<>();
  private long inodes;

  /** Whether a unix socket's name is one in the file system, and no abstract one. */
  static boolean isPath(String name) {
    return name.startsWith("/");
  }

  static FileStatus socket(long inode) {
    return new FileStatus(SOCKET_MODE, 1, inode, inode);
  }

  /** The name stays when the socket is closed. */
  int bind(String path) {
    if (files.containsKey(path)) {
      return -Linux.EADDRINUSE();
    }
    files.put(path, socket(++inodes));
    return 0;
  }

  boolean has(String path) {
    return files.containsKey(path);
  }

  Optional<FileStatus> status(String path) {
    return Optional.ofNullable(files.get(path));
  }

  /** Who has connected stays so. */
  int unlink(String path) {
    return files.remove(path) == null ? -Linux.ENOENT() : 0;
  }

  /** What has been left behind. */
  Map<String, FileStatus> all() {
    return Map.copyOf(files);
  }
}
