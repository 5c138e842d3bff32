/**
 * Every state that the machines reach when they are composed as a topology says: searched, replayed
 * against what a server did, and with machines that are wrong.
 */
@NullMarked
package io.quintet.specs.explore;

import org.jspecify.annotations.NullMarked;
