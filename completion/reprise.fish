# fish completion for reprise
function __reprise_sessions
    reprise ls --json 2>/dev/null | sed -n 's/.*"session":"\([0-9A-Z]*\)".*/\1/p'
end

set -l commands init run watch cancel worker ls show verify replay check export schema
set -l none "not __fish_seen_subcommand_from $commands"

complete -c reprise -n $none -f -l help -d 'Show help'
complete -c reprise -n $none -f -l version -d 'Show the version'
complete -c reprise -n $none -f -a init -d 'Make a store and a first plan'
complete -c reprise -n $none -f -a run -d 'Run a plan on an input'
complete -c reprise -n $none -f -a watch -d 'Follow a session that is running'
complete -c reprise -n $none -f -a cancel -d 'End a session that is running'
complete -c reprise -n $none -f -a worker -d 'Run one agent by itself'
complete -c reprise -n $none -f -a ls -d 'List sessions'
complete -c reprise -n $none -f -a show -d 'Show what happened in a session'
complete -c reprise -n $none -f -a verify -d 'Check that sessions are decided as they were'
complete -c reprise -n $none -f -a replay -d 'Run a session again from its record'
complete -c reprise -n $none -f -a check -d 'Check plans and documents'
complete -c reprise -n $none -f -a export -d 'Write a session out'
complete -c reprise -n $none -f -a schema -d 'Print the schemas of the formats'

set -l of_store run watch cancel ls show verify replay export
complete -c reprise -n "__fish_seen_subcommand_from $of_store" -l store -r -d 'The store'
complete -c reprise -n '__fish_seen_subcommand_from run worker replay' -l input -r -d 'The input'
complete -c reprise -n '__fish_seen_subcommand_from run replay' -l seed -x -d 'The seed of every draw'
complete -c reprise -n '__fish_seen_subcommand_from run ls' -l tag -x -d 'key=value'
complete -c reprise -n '__fish_seen_subcommand_from run replay' -l fault -x -d 'Force a failure'
complete -c reprise -n '__fish_seen_subcommand_from run' -l stub -r -d 'agent=file'
complete -c reprise -n '__fish_seen_subcommand_from run' -l require -x -a ok -d 'What is good enough'
complete -c reprise -n '__fish_seen_subcommand_from run' -l envelope -d 'Print the outcome too'
complete -c reprise -n '__fish_seen_subcommand_from run' -l detach -d 'Return while it runs'
complete -c reprise -n '__fish_seen_subcommand_from run watch' -l progress -x -a 'tree lines json none' -d 'What to show'
complete -c reprise -n '__fish_seen_subcommand_from run replay' -l quiet -d 'Errors only'
complete -c reprise -n '__fish_seen_subcommand_from ls' -l failed -d 'Only these'
complete -c reprise -n '__fish_seen_subcommand_from ls' -l plan -x -d 'Only of this plan'
complete -c reprise -n '__fish_seen_subcommand_from verify' -l all -d 'Every session'
complete -c reprise -n '__fish_seen_subcommand_from verify replay' -l plan -r -d 'Under this plan'
complete -c reprise -n '__fish_seen_subcommand_from replay' -l strict -d 'Refuse to answer a changed input'
complete -c reprise -n '__fish_seen_subcommand_from replay' -l record -d 'Keep it as a session'
complete -c reprise -n '__fish_seen_subcommand_from ls' -l since -x -d 'Only younger than'
complete -c reprise -n '__fish_seen_subcommand_from ls show verify replay' -l json -d 'Print JSON'
complete -c reprise -n '__fish_seen_subcommand_from show' -l io -x -d 'Input and output of a path'
complete -c reprise -n '__fish_seen_subcommand_from check' -l schema -r -d 'Against this schema'
complete -c reprise -n '__fish_seen_subcommand_from schema' -f -a 'plan rules'
complete -c reprise -n '__fish_seen_subcommand_from watch cancel show verify replay export' -f -a '(__reprise_sessions)'
