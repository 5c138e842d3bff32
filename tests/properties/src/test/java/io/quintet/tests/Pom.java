package io.quintet.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * A project of the reactor, by its pom.xml.
 *
 * @param folder where it is
 * @param project its root element
 * @param parent its parent, which is of the reactor too
 */
record Pom(Path folder, Element project, Optional<Pom> parent) {
  /**
   * What a project names of others.
   *
   * @param group group id
   * @param artifact artifact id
   * @param version version, or an empty text
   * @param scope scope, or an empty text
   * @param optional whether it is optional
   */
  record Dependency(
      String group, String artifact, String version, String scope, boolean optional) {}

  /** All projects below a folder, that one first. */
  static List<Pom> reactor(Path root) throws IOException {
    List<Pom> all = new ArrayList<>();
    collect(root, Optional.empty(), all);
    return all;
  }

  private static void collect(Path folder, Optional<Pom> above, List<Pom> all) throws IOException {
    Element project = parse(folder.resolve("pom.xml"));
    Pom pom =
        new Pom(folder, project, child(project, "parent").isPresent() ? above : Optional.empty());
    all.add(pom);
    List<Element> modules = child(project, "modules").map(Pom::children).orElse(List.of());
    for (Element module : modules) {
      collect(folder.resolve(module.getTextContent()), Optional.of(pom), all);
    }
  }

  private static Element parse(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(in)
          .getDocumentElement();
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  String artifact() {
    return text(project, "artifactId");
  }

  String packaging() {
    String packaging = text(project, "packaging");
    return packaging.isEmpty() ? "jar" : packaging;
  }

  String version() {
    String own = text(project, "version");
    return own.isEmpty() ? parent.orElseThrow().version() : own;
  }

  /** A property, of its own or of a parent's; empty if there is none. */
  String property(String name) {
    String own = child(project, "properties").map(all -> text(all, name)).orElse("");
    return own.isEmpty() ? parent.map(above -> above.property(name)).orElse("") : own;
  }

  boolean isPublished() {
    return !property("maven.install.skip").equals("true");
  }

  List<Dependency> dependencies() {
    return child(project, "dependencies").map(Pom::listed).orElse(List.of());
  }

  /** What is managed for who imports this project, its parents' included. */
  List<Dependency> managed() {
    List<Dependency> own =
        child(project, "dependencyManagement")
            .flatMap(all -> child(all, "dependencies"))
            .map(Pom::listed)
            .orElse(List.of());
    return Stream.concat(own.stream(), parent.stream().flatMap(above -> above.managed().stream()))
        .toList();
  }

  private static List<Dependency> listed(Element dependencies) {
    return children(dependencies).stream()
        .map(
            each ->
                new Dependency(
                    text(each, "groupId"),
                    text(each, "artifactId"),
                    text(each, "version"),
                    text(each, "scope"),
                    text(each, "optional").equals("true")))
        .toList();
  }

  private static String text(Element element, String name) {
    return child(element, name).map(found -> found.getTextContent().strip()).orElse("");
  }

  private static Optional<Element> child(Element element, String name) {
    return children(element).stream().filter(each -> each.getTagName().equals(name)).findFirst();
  }

  private static List<Element> children(Element element) {
    NodeList nodes = element.getChildNodes();
    return IntStream.range(0, nodes.getLength())
        .mapToObj(nodes::item)
        .filter(Element.class::isInstance)
        .map(Element.class::cast)
        .toList();
  }
}
