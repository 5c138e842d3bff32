package io.quintet.accept;

/**
 * A listening socket of a loop, for who only reads of it: the loop may close it meanwhile, and
 * another file get its descriptor.
 *
 * @param descriptor its descriptor
 * @param shared whether other loops wait for the same socket
 */
public record ListenerSocket(int descriptor, boolean shared) {}
