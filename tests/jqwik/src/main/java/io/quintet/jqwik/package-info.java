/** What jqwik draws for tests of codecs and servers. */
@NullMarked
package io.quintet.jqwik;

import org.jspecify.annotations.NullMarked;
