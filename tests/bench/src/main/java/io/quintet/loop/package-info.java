/** Measures what the loops are made of, from within their package. */
package io.quintet.loop;
