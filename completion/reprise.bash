# bash completion for reprise; the program knows its words
_reprise_sessions() {
    reprise ls --json 2>/dev/null |
        sed -n 's/.*"session":"\([0-9A-Z]*\)".*/\1/p'
}
_reprise() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} words argument
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="$(reprise --complete | cut -f1) --help --version"
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        return
    fi
    words=$(reprise --complete "$command")
    argument=$(awk -F '\t' -v o="$prev" '$1 == o { print $2 }' <<<"$words")
    case $prev:$argument in
    --*:?*FILE* | --*:FILE*)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --progress:*)
        mapfile -t COMPREPLY < <(compgen -W "tree lines json none" -- "$cur")
        return
        ;;
    --*:?*) return ;;
    esac
    if [[ $cur == -* ]]; then
        words="$(cut -f1 <<<"$words") --help"
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        return
    fi
    argument=$(awk -F '\t' '$1 == "" { print $2 }' <<<"$words")
    if [[ $argument == *SESSION* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_reprise_sessions)" -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -o filenames -F _reprise reprise
