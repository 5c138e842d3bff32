package io.quintet.ffi;

/**
 * What a name or a descriptor stands for, inode(7). A value; any thread may use it.
 *
 * @param mode type and permissions
 * @param device number of the file system
 * @param inode number in it, which a later file may have again
 * @param bornNanos when it was made, in nanoseconds since 1970; 0 where the file system does not
 *     say
 */
public record FileStatus(int mode, long device, long inode, long bornNanos) {
  /** Size of {@code struct statx}, the same on every architecture. */
  static final int BYTES = 256;

  /** STATX_TYPE, STATX_MODE, STATX_INO and STATX_BTIME, statx(2). */
  static final int MASK = 0x1 | 0x2 | 0x100 | 0x800;

  private static final int MODE_OFFSET = 28;
  private static final int INODE_OFFSET = 32;
  private static final int BORN_OFFSET = 80;
  private static final int BORN_NANOS_OFFSET = 88;
  private static final int DEVICE_OFFSET = 136;
  private static final long NANOS_A_SECOND = 1_000_000_000L;

  // The types, inode(7).
  private static final int TYPE = 0170000;
  private static final int SOCKET = 0140000;
  private static final int LINK = 0120000;
  private static final int REGULAR = 0100000;
  private static final int BLOCK = 0060000;
  private static final int DIRECTORY = 0040000;
  private static final int CHARACTER = 0020000;
  private static final int PIPE = 0010000;

  /** Reads what statx(2) has filled in. */
  static FileStatus read(long address) {
    return new FileStatus(
        Memory.getShort(address + MODE_OFFSET) & 0xffff,
        Memory.getLong(address + DEVICE_OFFSET),
        Memory.getLong(address + INODE_OFFSET),
        Memory.getLong(address + BORN_OFFSET) * NANOS_A_SECOND
            + Memory.getInt(address + BORN_NANOS_OFFSET));
  }

  /**
   * Whether it is a socket.
   *
   * @return whether it is
   */
  public boolean isSocket() {
    return (mode & TYPE) == SOCKET;
  }

  /**
   * Whether it is the same file, whatever has become of its permissions.
   *
   * @param other another one
   * @return whether device, inode, birth and type are the same
   */
  public boolean isSame(FileStatus other) {
    return device == other.device
        && inode == other.inode
        && bornNanos == other.bornNanos
        && (mode & TYPE) == (other.mode & TYPE);
  }

  /**
   * Its type in words.
   *
   * @return for example {@code a regular file}
   */
  public String kind() {
    return switch (mode & TYPE) {
      case SOCKET -> "a socket";
      case LINK -> "a symbolic link";
      case REGULAR -> "a regular file";
      case BLOCK, CHARACTER -> "a device";
      case DIRECTORY -> "a directory";
      case PIPE -> "a pipe";
      default -> "an anonymous file, such as an eventfd(2)";
    };
  }
}
