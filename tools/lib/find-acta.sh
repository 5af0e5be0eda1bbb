# Sourced by the launchers of Kafka's tools: which program they run. The `acta` that was built here comes first, then
# the one on PATH; ACTA names another.
#   $tools: the folder of the launchers, in; $ACTA: the program, out
# shellcheck shell=sh
if [ -z "${ACTA:-}" ]; then
  # shellcheck disable=SC2154
  ACTA=$tools/../.build/release/acta
  if [ ! -x "$ACTA" ] && ! ACTA=$(command -v acta); then
    echo "There is no acta, neither in .build/release nor on PATH; tools/serve builds it." >&2
    exit 127
  fi
fi
