# Sets aot to a file from which the JVM starts sooner, where the JDK can (25 and newer), or to nothing. To be
# sourced, with jdk, cli and jar set, and quintet as the rest of the command line.
#
# The file is made at the first start and belongs to one JDK and one set of jars. Whatever goes wrong is not
# said: without the file all works as well, only slower.

aot=
aot_find() {
  case "${QUINTET_AOT:-on} ${QUINTET_JVM:-} ${JAVA_TOOL_OPTIONS:-} ${JDK_JAVA_OPTIONS:-}" in
    off* | *-XX:AOT* | *-XX:SharedArchiveFile* | *-XX:ArchiveClassesAtExit* | *-Xshare*) return 0 ;;
  esac
  cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
  if [ -z "$cache" ] || [ "$(jdk_version "$jdk")" -lt 25 ]; then
    return 0
  fi
  folder=$cache/quintet/cli-$(printf '%s\n' "$jdk" "$jar" | cksum | cut -d ' ' -f 1)
  file=$folder/$({ cat "$jdk/release" && stat -c '%n %s %Y' "$jar" "$cli"/target/lib/*; } | cksum | tr ' ' -).aot
  [ -e "$file" ] || aot_make "$@" </dev/null >/dev/null 2>&1 || true
  if [ -s "$file" ] && [ -r "$file" ]; then
    aot=$file
  fi
}

# One start makes it, and none that fails or is interrupted tries again and again.
aot_make() {
  mkdir -p "$folder" && find "$folder/making" -mmin +60 -delete # of one that was killed
  mkdir "$folder/making" || return 0
  (
    trap 'rm -rf "$folder/making"' EXIT
    trap 'rm -f "$file"; exit 1' INT TERM HUP
    rm -f "$folder"/*.aot # of older jars
    : >"$file"
    "$jdk/bin/java" -XX:AOTMode=record -XX:AOTConfiguration="$folder/making/classes" \
      "$@" serve --port 0 --until-eof &&
      "$jdk/bin/java" -XX:AOTMode=create -XX:AOTConfiguration="$folder/making/classes" \
        -XX:AOTCache="$folder/making/cache" "$@" &&
      mv "$folder/making/cache" "$file"
  )
}
