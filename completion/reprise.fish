# fish completion for reprise; the program knows its words
function __reprise_sessions
    reprise ls --json 2>/dev/null | sed -n 's/.*"session":"\([0-9A-Z]*\)".*/\1/p'
end

function __reprise_command
    set -l tokens (commandline -opc)
    test (count $tokens) -ge 2; and echo $tokens[2]
end

function __reprise_commands
    reprise --complete | awk -F '\t' '{ print $1 "\t" $3 }'
end

function __reprise_words
    set -l command (__reprise_command)
    reprise --complete $command | awk -F '\t' '$1 != "" { print $1 "\t" $3 }'
    if reprise --complete $command | head -n 1 | string match -q '*SESSION*'
        __reprise_sessions
    end
end

complete -c reprise -n 'test -z (__reprise_command)' -f -a '(__reprise_commands)'
complete -c reprise -n 'test -n (__reprise_command)' -a '(__reprise_words)'
