# bash completion for reprise
_reprise() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local commands="init run watch cancel worker ls show verify replay check
        export schema"
    local options
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- \
            "$cur")
        return
    fi
    case $prev in
    --progress)
        mapfile -t COMPREPLY < <(compgen -W "tree lines json none" -- "$cur")
        return
        ;;
    --require)
        mapfile -t COMPREPLY < <(compgen -W "ok" -- "$cur")
        return
        ;;
    --store | --input | --plan | --schema | --stub)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --seed | --tag | --fault | --since | --io) return ;;
    esac
    case ${COMP_WORDS[1]} in
    run) options="--input --store --seed --tag --fault --stub --require
        --envelope --detach --progress --quiet" ;;
    watch) options="--store --progress" ;;
    cancel | export) options="--store" ;;
    worker) options="--input" ;;
    ls) options="--store --failed --plan --since --tag --json" ;;
    show) options="--store --json --io" ;;
    verify) options="--store --plan --all --json" ;;
    replay) options="--store --plan --fault --input --seed --strict --record
        --json --quiet" ;;
    check) options="--schema" ;;
    schema) options="plan rules" ;;
    *) options="" ;;
    esac
    case ${COMP_WORDS[1]}:$cur in
    schema:* | *:-*)
        mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur")
        ;;
    watch:* | cancel:* | show:* | verify:* | replay:* | export:*)
        mapfile -t COMPREPLY < <(compgen -W "$(reprise ls --json 2>/dev/null |
            sed -n 's/.*"session":"\([0-9A-Z]*\)".*/\1/p')" -- "$cur")
        ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    esac
}
complete -o filenames -F _reprise reprise
