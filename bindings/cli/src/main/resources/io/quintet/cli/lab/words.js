// What a system call does, in a sentence, and where its manual is.

const CALLS = {
  socket: ['makes a socket', 'socket(2)'],
  bind: ['gives a socket its address', 'bind(2)'],
  listen: ['makes a socket a listener: from now on the kernel completes handshakes and queues connections', 'listen(2)'],
  accept4: ['takes the first connection out of the accept queue', 'accept4(2)'],
  recv: ['takes bytes that have arrived out of the socket', 'recv(2)'],
  send: ['gives bytes to the socket, as many as its buffer takes', 'send(2)'],
  sendmsg: ['sends a message that may carry a descriptor to another process', 'sendmsg(2)'],
  recvmsg: ['receives a message that may carry a descriptor', 'recvmsg(2)'],
  shutdown: ['ends one half of a connection', 'shutdown(2)'],
  close: ['gives a descriptor back', 'close(2)'],
  connect: ['connects a socket', 'connect(2)'],
  dup: ['makes another descriptor of the same socket', 'dup(2)'],
  epoll_create1: ['makes an epoll instance', 'epoll_create1(2)'],
  epoll_ctl: ['changes what an epoll instance waits for', 'epoll_ctl(2)'],
  epoll_wait: ['waits until a descriptor is ready, or until its time is over', 'epoll_wait(2)'],
  eventfd: ['makes a counter by which other threads wake this one', 'eventfd(2)'],
  read: ['takes the counter of an eventfd', 'read(2)'],
  signal: ['adds 1 to an eventfd, which wakes the thread that waits for it', 'eventfd(2)'],
  setsockopt: ['sets an option of a socket', 'setsockopt(2)'],
  unlink: ['removes a name from the file system', 'unlink(2)'],
};

const ERRORS = {
  EAGAIN: 'there is nothing now, or no room: it would block',
  EINTR: 'a signal came first: it is called again',
  ECONNRESET: 'the peer has reset the connection',
  EPIPE: 'the peer takes nothing any more',
  EMFILE: 'the process has as many descriptors as it may',
  ENFILE: 'the machine has as many open files as it may',
  ECONNABORTED: 'the connection was reset while it waited to be accepted',
  ENOMEM: 'the kernel lacks memory',
  ENOBUFS: 'the kernel lacks memory for buffers',
};

export const parse = text => {
  const transition = /^(\S+) (\S+) --(\S+?)(?: \/ (\S+))?-> (\S+)$/.exec(text);
  if (transition) {
    const [, machine, from, event, action, to] = transition;
    return { kind: 'transition', machine, from, event, action: action || '', to };
  }
  const call = /^([a-z_0-9]+)(?: ([A-Z_0-9]+))?\(([^)]*)\) = (\S+)$/.exec(text);
  if (call) {
    const [, name, operation, argument, result] = call;
    return { kind: 'call', name, operation: operation || '', argument, result };
  }
  const client = /^\[(.*?client.*? ?\d+) (.*)\]$/.exec(text);
  if (client) {
    return { kind: 'client', client: client[1], does: client[2] };
  }
  return { kind: text.startsWith('VIOLATION') ? 'violation' : 'other', text };
};

export const tellCall = (who, step) => {
  const known = CALLS[step.name];
  const what = known ? known[0] : 'calls ' + step.name;
  const failed = /^[A-Z]/.test(step.result);
  const end = failed
    ? 'It fails with ' + step.result + (ERRORS[step.result] ? ': ' + ERRORS[step.result] : '') + '.'
    : 'It gives ' + step.result + '.';
  return [who + ' ' + what + (step.argument ? ' (descriptor ' + step.argument + ')' : '') + '. ' + end, known ? known[1] : ''];
};
