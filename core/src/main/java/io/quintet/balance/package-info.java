/** Choosing: which of several targets gets the next connection or request, by a policy's name. */
@NullMarked
package io.quintet.balance;

import org.jspecify.annotations.NullMarked;
