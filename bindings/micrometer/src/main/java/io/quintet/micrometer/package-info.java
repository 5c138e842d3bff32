/** Metrics of a server for Micrometer, and so for Prometheus and others. */
@org.jspecify.annotations.NullMarked
package io.quintet.micrometer;
