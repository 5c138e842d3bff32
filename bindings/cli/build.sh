# Builds a module and what it needs, unless it is built; says how far it is. To be sourced, with
# root set to the folder of the whole project.

# Whether a source is newer than a file that was built from it: is_stale BUILT FOLDER...
is_stale() {
  built=$1
  shift
  [ -n "$built" ] && [ -f "$built" ] || return 0
  # A folder changes when a file in it goes; those of what was built, of tests and of texts do not count.
  [ -n "$(cd "$root" && find "$@" pom.xml -path '*/target' -prune -o -path '*/src/test' -prune -o \
    \( -type f ! -name '*.md' -o -type d -path '*/src/*' \) -newer "$built" -print -quit)" ]
}

# The jar of a module, without its sources and documentation; empty where there is none.
jar_of() {
  find "$root/$1/target" -maxdepth 1 -name 'quintet-*.jar' ! -name '*-sources.jar' \
    ! -name '*-javadoc.jar' 2>/dev/null | head -n 1
}

# build MODULE [OPTION...]
build() {
  module=$1
  shift
  mkdir -p "$root/$module/target"
  log=$root/$module/target/build.log
  echo "quintet: building, which may take some minutes the first time" >&2
  {
    (cd "$root" && mvn -B -ntp -pl "$module" -am -DskipTests -Dmaven.javadoc.skip=true \
      -Dmaven.source.skip=true "$@" package) 2>&1 && echo 'quintet: built' || echo 'quintet: not built'
  } | tee "$log" | awk '/^\[INFO\] Building Quintet.*\[[0-9]+\/[0-9]+\]$/ {
    sub(/^\[INFO\] Building /, "quintet: building "); gsub(/  +/, " "); print; fflush() }' >&2
  if [ "$(tail -n 1 "$log")" != 'quintet: built' ]; then
    grep '^\[ERROR\]' "$log" | head -n 20 >&2
    echo "quintet: could not be built; all that Maven said is in $log" >&2
    exit 1
  fi
  touch "$(jar_of "$module")" # Maven leaves one as it is where only what it needs has changed
}
