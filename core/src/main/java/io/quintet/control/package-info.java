/**
 * The socket between two processes of a server, or between two servers that follow each other: it
 * carries descriptors and a few numbers.
 */
@NullMarked
package io.quintet.control;

import org.jspecify.annotations.NullMarked;
