/**
 * What a small web service needs beside the HTTP codec: a {@link io.quintet.web.Router} finds who
 * answers a request, and a {@link io.quintet.web.WebRequest} gives what the request carries.
 */
@NullMarked
package io.quintet.web;

import org.jspecify.annotations.NullMarked;
