# Sets jdk to the home of a JDK 22 or newer, or ends with one sentence. To be sourced.

# Prints the major version of the JDK in a folder, 0 if there is none.
jdk_version() {
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null | grep . || echo 0
}

jdk=
jdk_consider() {
  if [ -z "$jdk" ] && [ -x "$1/bin/java" ] && [ "$(jdk_version "$1")" -ge 22 ]; then
    jdk=$1
  fi
}

jdk_consider "${JAVA_HOME:-/nonexistent}"
java_on_path=$(command -v java || true)
if [ -n "$java_on_path" ]; then
  jdk_consider "$(dirname "$(dirname "$(readlink -f "$java_on_path")")")"
fi
for home in /usr/lib/jvm/* /opt/*jdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
  jdk_consider "$home"
done
if [ -z "$jdk" ]; then
  echo "quintet: needs a JDK 22 or newer: install one, for example Temurin 25, or set JAVA_HOME to it" >&2
  exit 1
fi
