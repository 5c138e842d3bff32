/** The quintet command: {@code serve}, {@code spec} and {@code doctor}, each one class. */
@NullMarked
package io.quintet.cli;

import org.jspecify.annotations.NullMarked;
