/**
 * The user's contract: what is served, by a {@link io.quintet.service.Handler} that answers before
 * it returns or an {@link io.quintet.service.AsyncHandler} that may answer later.
 */
@NullMarked
package io.quintet.service;

import org.jspecify.annotations.NullMarked;
