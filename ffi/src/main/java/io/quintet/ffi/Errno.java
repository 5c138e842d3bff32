package io.quintet.ffi;

import io.quintet.ffi.linux.Linux;
import java.util.Optional;

/**
 * The error numbers of Linux, in the order of their numbers.
 *
 * <p>Calls report an error as the negated number ({@code -11}); {@link #describe} turns such a
 * result into words. Aliases (EWOULDBLOCK, EDEADLOCK, ENOTSUP) are listed under the name that
 * {@code strace} prints. Source: errno(3).
 */
public enum Errno {
  /** Operation not permitted. */
  EPERM(Linux.EPERM()),
  /** No such file or directory. */
  ENOENT(Linux.ENOENT()),
  /** No such process. */
  ESRCH(Linux.ESRCH()),
  /** Interrupted system call. */
  EINTR(Linux.EINTR()),
  /** Input/output error. */
  EIO(Linux.EIO()),
  /** No such device or address. */
  ENXIO(Linux.ENXIO()),
  /** Argument list too long. */
  E2BIG(Linux.E2BIG()),
  /** Exec format error. */
  ENOEXEC(Linux.ENOEXEC()),
  /** Bad file descriptor. */
  EBADF(Linux.EBADF()),
  /** No child processes. */
  ECHILD(Linux.ECHILD()),
  /** Resource temporarily unavailable. */
  EAGAIN(Linux.EAGAIN()),
  /** Cannot allocate memory. */
  ENOMEM(Linux.ENOMEM()),
  /** Permission denied. */
  EACCES(Linux.EACCES()),
  /** Bad address. */
  EFAULT(Linux.EFAULT()),
  /** Block device required. */
  ENOTBLK(Linux.ENOTBLK()),
  /** Device or resource busy. */
  EBUSY(Linux.EBUSY()),
  /** File exists. */
  EEXIST(Linux.EEXIST()),
  /** Invalid cross-device link. */
  EXDEV(Linux.EXDEV()),
  /** No such device. */
  ENODEV(Linux.ENODEV()),
  /** Not a directory. */
  ENOTDIR(Linux.ENOTDIR()),
  /** Is a directory. */
  EISDIR(Linux.EISDIR()),
  /** Invalid argument. */
  EINVAL(Linux.EINVAL()),
  /** Too many open files in system. */
  ENFILE(Linux.ENFILE()),
  /** Too many open files. */
  EMFILE(Linux.EMFILE()),
  /** Inappropriate ioctl for device. */
  ENOTTY(Linux.ENOTTY()),
  /** Text file busy. */
  ETXTBSY(Linux.ETXTBSY()),
  /** File too large. */
  EFBIG(Linux.EFBIG()),
  /** No space left on device. */
  ENOSPC(Linux.ENOSPC()),
  /** Illegal seek. */
  ESPIPE(Linux.ESPIPE()),
  /** Read-only file system. */
  EROFS(Linux.EROFS()),
  /** Too many links. */
  EMLINK(Linux.EMLINK()),
  /** Broken pipe. */
  EPIPE(Linux.EPIPE()),
  /** Numerical argument out of domain. */
  EDOM(Linux.EDOM()),
  /** Numerical result out of range. */
  ERANGE(Linux.ERANGE()),
  /** Resource deadlock avoided. */
  EDEADLK(Linux.EDEADLK()),
  /** File name too long. */
  ENAMETOOLONG(Linux.ENAMETOOLONG()),
  /** No locks available. */
  ENOLCK(Linux.ENOLCK()),
  /** Function not implemented. */
  ENOSYS(Linux.ENOSYS()),
  /** Directory not empty. */
  ENOTEMPTY(Linux.ENOTEMPTY()),
  /** Too many levels of symbolic links. */
  ELOOP(Linux.ELOOP()),
  /** No message of desired type. */
  ENOMSG(Linux.ENOMSG()),
  /** Identifier removed. */
  EIDRM(Linux.EIDRM()),
  /** Channel number out of range. */
  ECHRNG(Linux.ECHRNG()),
  /** Level 2 not synchronized. */
  EL2NSYNC(Linux.EL2NSYNC()),
  /** Level 3 halted. */
  EL3HLT(Linux.EL3HLT()),
  /** Level 3 reset. */
  EL3RST(Linux.EL3RST()),
  /** Link number out of range. */
  ELNRNG(Linux.ELNRNG()),
  /** Protocol driver not attached. */
  EUNATCH(Linux.EUNATCH()),
  /** No CSI structure available. */
  ENOCSI(Linux.ENOCSI()),
  /** Level 2 halted. */
  EL2HLT(Linux.EL2HLT()),
  /** Invalid exchange. */
  EBADE(Linux.EBADE()),
  /** Invalid request descriptor. */
  EBADR(Linux.EBADR()),
  /** Exchange full. */
  EXFULL(Linux.EXFULL()),
  /** No anode. */
  ENOANO(Linux.ENOANO()),
  /** Invalid request code. */
  EBADRQC(Linux.EBADRQC()),
  /** Invalid slot. */
  EBADSLT(Linux.EBADSLT()),
  /** Bad font file format. */
  EBFONT(Linux.EBFONT()),
  /** Device not a stream. */
  ENOSTR(Linux.ENOSTR()),
  /** No data available. */
  ENODATA(Linux.ENODATA()),
  /** Timer expired. */
  ETIME(Linux.ETIME()),
  /** Out of streams resources. */
  ENOSR(Linux.ENOSR()),
  /** Machine is not on the network. */
  ENONET(Linux.ENONET()),
  /** Package not installed. */
  ENOPKG(Linux.ENOPKG()),
  /** Object is remote. */
  EREMOTE(Linux.EREMOTE()),
  /** Link has been severed. */
  ENOLINK(Linux.ENOLINK()),
  /** Advertise error. */
  EADV(Linux.EADV()),
  /** Srmount error. */
  ESRMNT(Linux.ESRMNT()),
  /** Communication error on send. */
  ECOMM(Linux.ECOMM()),
  /** Protocol error. */
  EPROTO(Linux.EPROTO()),
  /** Multihop attempted. */
  EMULTIHOP(Linux.EMULTIHOP()),
  /** RFS specific error. */
  EDOTDOT(Linux.EDOTDOT()),
  /** Bad message. */
  EBADMSG(Linux.EBADMSG()),
  /** Value too large for defined data type. */
  EOVERFLOW(Linux.EOVERFLOW()),
  /** Name not unique on network. */
  ENOTUNIQ(Linux.ENOTUNIQ()),
  /** File descriptor in bad state. */
  EBADFD(Linux.EBADFD()),
  /** Remote address changed. */
  EREMCHG(Linux.EREMCHG()),
  /** Can not access a needed shared library. */
  ELIBACC(Linux.ELIBACC()),
  /** Accessing a corrupted shared library. */
  ELIBBAD(Linux.ELIBBAD()),
  /** .lib section in a.out corrupted. */
  ELIBSCN(Linux.ELIBSCN()),
  /** Attempting to link in too many shared libraries. */
  ELIBMAX(Linux.ELIBMAX()),
  /** Cannot exec a shared library directly. */
  ELIBEXEC(Linux.ELIBEXEC()),
  /** Invalid or incomplete multibyte or wide character. */
  EILSEQ(Linux.EILSEQ()),
  /** Interrupted system call should be restarted. */
  ERESTART(Linux.ERESTART()),
  /** Streams pipe error. */
  ESTRPIPE(Linux.ESTRPIPE()),
  /** Too many users. */
  EUSERS(Linux.EUSERS()),
  /** Socket operation on non-socket. */
  ENOTSOCK(Linux.ENOTSOCK()),
  /** Destination address required. */
  EDESTADDRREQ(Linux.EDESTADDRREQ()),
  /** Message too long. */
  EMSGSIZE(Linux.EMSGSIZE()),
  /** Protocol wrong type for socket. */
  EPROTOTYPE(Linux.EPROTOTYPE()),
  /** Protocol not available. */
  ENOPROTOOPT(Linux.ENOPROTOOPT()),
  /** Protocol not supported. */
  EPROTONOSUPPORT(Linux.EPROTONOSUPPORT()),
  /** Socket type not supported. */
  ESOCKTNOSUPPORT(Linux.ESOCKTNOSUPPORT()),
  /** Operation not supported. */
  EOPNOTSUPP(Linux.EOPNOTSUPP()),
  /** Protocol family not supported. */
  EPFNOSUPPORT(Linux.EPFNOSUPPORT()),
  /** Address family not supported by protocol. */
  EAFNOSUPPORT(Linux.EAFNOSUPPORT()),
  /** Address already in use. */
  EADDRINUSE(Linux.EADDRINUSE()),
  /** Cannot assign requested address. */
  EADDRNOTAVAIL(Linux.EADDRNOTAVAIL()),
  /** Network is down. */
  ENETDOWN(Linux.ENETDOWN()),
  /** Network is unreachable. */
  ENETUNREACH(Linux.ENETUNREACH()),
  /** Network dropped connection on reset. */
  ENETRESET(Linux.ENETRESET()),
  /** Software caused connection abort. */
  ECONNABORTED(Linux.ECONNABORTED()),
  /** Connection reset by peer. */
  ECONNRESET(Linux.ECONNRESET()),
  /** No buffer space available. */
  ENOBUFS(Linux.ENOBUFS()),
  /** Transport endpoint is already connected. */
  EISCONN(Linux.EISCONN()),
  /** Transport endpoint is not connected. */
  ENOTCONN(Linux.ENOTCONN()),
  /** Cannot send after transport endpoint shutdown. */
  ESHUTDOWN(Linux.ESHUTDOWN()),
  /** Too many references: cannot splice. */
  ETOOMANYREFS(Linux.ETOOMANYREFS()),
  /** Connection timed out. */
  ETIMEDOUT(Linux.ETIMEDOUT()),
  /** Connection refused. */
  ECONNREFUSED(Linux.ECONNREFUSED()),
  /** Host is down. */
  EHOSTDOWN(Linux.EHOSTDOWN()),
  /** No route to host. */
  EHOSTUNREACH(Linux.EHOSTUNREACH()),
  /** Operation already in progress. */
  EALREADY(Linux.EALREADY()),
  /** Operation now in progress. */
  EINPROGRESS(Linux.EINPROGRESS()),
  /** Stale file handle. */
  ESTALE(Linux.ESTALE()),
  /** Structure needs cleaning. */
  EUCLEAN(Linux.EUCLEAN()),
  /** Not a XENIX named type file. */
  ENOTNAM(Linux.ENOTNAM()),
  /** No XENIX semaphores available. */
  ENAVAIL(Linux.ENAVAIL()),
  /** Is a named type file. */
  EISNAM(Linux.EISNAM()),
  /** Remote I/O error. */
  EREMOTEIO(Linux.EREMOTEIO()),
  /** Disk quota exceeded. */
  EDQUOT(Linux.EDQUOT()),
  /** No medium found. */
  ENOMEDIUM(Linux.ENOMEDIUM()),
  /** Wrong medium type. */
  EMEDIUMTYPE(Linux.EMEDIUMTYPE()),
  /** Operation canceled. */
  ECANCELED(Linux.ECANCELED()),
  /** Required key not available. */
  ENOKEY(Linux.ENOKEY()),
  /** Key has expired. */
  EKEYEXPIRED(Linux.EKEYEXPIRED()),
  /** Key has been revoked. */
  EKEYREVOKED(Linux.EKEYREVOKED()),
  /** Key was rejected by service. */
  EKEYREJECTED(Linux.EKEYREJECTED()),
  /** Owner died. */
  EOWNERDEAD(Linux.EOWNERDEAD()),
  /** State not recoverable. */
  ENOTRECOVERABLE(Linux.ENOTRECOVERABLE()),
  /** Operation not possible due to RF-kill. */
  ERFKILL(Linux.ERFKILL()),
  /** Memory page has hardware error. */
  EHWPOISON(Linux.EHWPOISON());

  private static final Errno[] BY_NUMBER = byNumber();

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /**
   * The number, positive.
   *
   * @return 1 to 133
   */
  public int number() {
    return number;
  }

  /**
   * What the C library says of it.
   *
   * @return the text of strerror(3), for example {@code Permission denied}
   */
  public String message() {
    return Processes.strerror(number);
  }

  /**
   * The error of a number.
   *
   * @param number a positive error number
   * @return the error, or empty for a number that Linux does not define
   */
  public static Optional<Errno> of(int number) {
    return number > 0 && number < BY_NUMBER.length
        ? Optional.ofNullable(BY_NUMBER[number])
        : Optional.empty();
  }

  /**
   * A negative result in words.
   *
   * @param result a negated error number, as the calls return it
   * @return for example {@code EACCES (Permission denied)}
   */
  public static String describe(long result) {
    int number = (int) -result;
    return of(number).map(e -> e + " (" + e.message() + ")").orElse("errno " + number);
  }

  private static Errno[] byNumber() {
    int last = 0;
    for (Errno errno : values()) {
      last = Math.max(last, errno.number);
    }
    Errno[] table = new Errno[last + 1];
    for (Errno errno : values()) {
      table[errno.number] = errno;
    }
    return table;
  }
}
