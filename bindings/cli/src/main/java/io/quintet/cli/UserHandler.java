package io.quintet.cli;

import io.quintet.http.HttpRequest;
import io.quintet.http.HttpResponse;
import io.quintet.service.Handler;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A handler of the user's own instead of the demonstration's routes. */
final class UserHandler {
  @Option(
      names = "--handler",
      paramLabel = "CLASS|FILE.jar",
      description =
          "An io.quintet.service.Handler of HTTP requests: a class with a public constructor without"
              + " parameters, found by --class-path, or a jar that provides one as a service.")
  private @Nullable String handler;

  @Option(
      names = "--class-path",
      paramLabel = "PATH",
      description =
          "Where the handler, or the layer, and what it needs is: jars and folders, separated by"
              + " colons.")
  private @Nullable String classPath;

  boolean isGiven() {
    return handler != null;
  }

  /** As they were given, for another process. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    if (handler != null) {
      arguments.addAll(List.of("--handler", handler));
    }
    if (classPath != null) {
      arguments.addAll(List.of("--class-path", classPath));
    }
    return arguments;
  }

  /** Loads it; the class loader stays open as long as the process lives. */
  @SuppressWarnings("unchecked") // what it handles cannot be asked of a class
  Handler<HttpRequest, HttpResponse> load() {
    String name = String.valueOf(handler);
    boolean jar = name.endsWith(".jar");
    String path = classPath == null ? "" : classPath;
    ClassLoader loader = loader(jar ? name + File.pathSeparator + path : path);
    if (jar) {
      return ServiceLoader.load(Handler.class, loader)
          .findFirst()
          .orElseThrow(
              () -> refused(name, "a jar with META-INF/services/io.quintet.service.Handler"));
    }
    try {
      Object made = loader.loadClass(name).getConstructor().newInstance();
      if (made instanceof Handler<?, ?> handles) {
        return (Handler<HttpRequest, HttpResponse>) handles;
      }
    } catch (ReflectiveOperationException | LinkageError e) {
      throw refused(name, "a class on --class-path with a public constructor without parameters");
    }
    throw refused(name, "a class that is an io.quintet.service.Handler");
  }

  /** Lets layers be found where the handler is; the class loader stays open as well. */
  void provideLayers() {
    if (classPath != null) {
      Thread.currentThread().setContextClassLoader(loader(classPath));
    }
  }

  private static ClassLoader loader(String path) {
    List<URL> urls = new ArrayList<>();
    for (String part : path.split(File.pathSeparator)) {
      if (!part.isEmpty()) {
        urls.add(url(part));
      }
    }
    return new URLClassLoader(urls.toArray(URL[]::new), Handler.class.getClassLoader());
  }

  private static URL url(String part) {
    Path file = Path.of(part);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(
          "option --class-path is " + part + ", which does not exist; valid are jars and folders");
    }
    try {
      return file.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("option --class-path is " + part, e);
    }
  }

  private static IllegalArgumentException refused(String name, String valid) {
    return new IllegalArgumentException("option --handler is " + name + "; valid is " + valid);
  }
}
