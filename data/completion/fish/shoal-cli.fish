# fish completion for shoal-cli
# SPDX-License-Identifier: GPL-3.0-or-later

# Friends, and whom the app sees; only where there is a state, which would be
# made otherwise.
function __shoal_cli_devices
    set -l state ~/.local/share/shoal
    set -q XDG_DATA_HOME; and set state $XDG_DATA_HOME/shoal
    test -d $state; or return
    LC_ALL=C timeout 1 shoal-cli --no-discovery devices --wait 0 2>/dev/null |
        string replace -r '  · .*$' '' | string replace -rf '^\S+  [a-z]+ +[A-Z2-7-]+  ' ''
end

# The verb that was typed, or nothing.
function __shoal_cli_verb
    set -l tokens (commandline -opc)
    set -e tokens[1]
    while set -q tokens[1]
        switch $tokens[1]
            case --state --listen --visible --tracker --stun --turn --path
                set -e tokens[1]
            case '-*'
            case '*'
                echo $tokens[1]
                return
        end
        set -e tokens[1]
    end
end

function __shoal_cli_in
    contains -- "$(__shoal_cli_verb)" $argv
end

# The number of arguments after the verb, options left out.
function __shoal_cli_arguments
    set -l verb (__shoal_cli_verb)
    set -l tokens (commandline -opc)
    test -n "$verb"; or return 1
    set -l after $tokens[(math (contains -i -- $verb $tokens) + 1)..-1]
    string match -v -- '-*' $after
    true
end

function __shoal_cli_nth
    set -l count (count (__shoal_cli_arguments))
    test $count -eq $argv[1]
end

# __shoal_cli_after COUNT WORD...: so many arguments, the first one of the words
function __shoal_cli_after
    set -l arguments (__shoal_cli_arguments)
    test (count $arguments) -eq $argv[1]; and contains -- $arguments[1] $argv[2..-1]
end

complete -c shoal-cli -f

# Before the verb
set -l before 'test -z "$(__shoal_cli_verb)"'
complete -c shoal-cli -s h -l help -d 'Show help options'
complete -c shoal-cli -n $before -l state -x -a '(__fish_complete_directories)' -d 'Keep key and state there'
complete -c shoal-cli -n $before -l json -d 'Print one JSON object a line'
complete -c shoal-cli -n $before -s q -l quiet -d 'Print only results and errors'
complete -c shoal-cli -n $before -l listen -x -d 'Listen at [ADDRESS]:PORT'
complete -c shoal-cli -n $before -l no-discovery -d 'Neither announce nor look for devices'
complete -c shoal-cli -n $before -l visible -x -a 'everyone friends nobody' -d 'Who may see this device'
complete -c shoal-cli -n $before -l tracker -x -d 'Meet others at this tracker'
complete -c shoal-cli -n $before -l stun -x -d 'Learn the own address from this STUN server'
complete -c shoal-cli -n $before -l turn -x -d 'Use this relay where nothing else works'
complete -c shoal-cli -n $before -l path -x -a 'local direct relay' -d 'Only this way'
complete -c shoal-cli -n $before -l version -d 'Print the version'

complete -c shoal-cli -n $before -a id -d 'Print this device\'s name and ID'
complete -c shoal-cli -n $before -a name -d 'Set the name that others see'
complete -c shoal-cli -n $before -a devices -d 'Show who is near, and friends'
complete -c shoal-cli -n $before -a friend -d 'Add, list, remove and block friends'
complete -c shoal-cli -n $before -a invite -d 'Print a link that makes somebody a friend'
complete -c shoal-cli -n $before -a receive -d 'Wait for offers and receive them'
complete -c shoal-cli -n $before -a send -d 'Send files, folders or text'
complete -c shoal-cli -n $before -a share -d 'Print a link to files and serve them until stopped'
complete -c shoal-cli -n $before -a list -d 'List what a friend shares with you'
complete -c shoal-cli -n $before -a get -d 'Fetch a share from everybody who has it'
complete -c shoal-cli -n $before -a export -d 'Describe files in a .torrent file'
complete -c shoal-cli -n $before -a verify -d 'Say which files and blocks are bad'
complete -c shoal-cli -n $before -a settings -d 'Show what Shoal was told to do'
complete -c shoal-cli -n $before -a set -d 'Change what "settings" shows'
complete -c shoal-cli -n $before -a doctor -d 'Find out why another device is not seen'
complete -c shoal-cli -n $before -a transfers -d 'List what goes on and what is over'
complete -c shoal-cli -n $before -a shares -d 'List what this device shares'
complete -c shoal-cli -n $before -a describe -d 'Say what a link names, and who has it'

# After it
complete -c shoal-cli -n '__shoal_cli_in devices' -s w -l watch -d 'Go on and print every change'
complete -c shoal-cli -n '__shoal_cli_in devices' -l wait -x -d 'Look for this long (seconds)'
complete -c shoal-cli -n '__shoal_cli_in invite' -l no-wait -d 'Only print it'
complete -c shoal-cli -n '__shoal_cli_in receive get' -s d -l dir -x -a '(__fish_complete_directories)' -d 'Put files there'
complete -c shoal-cli -n '__shoal_cli_in receive' -l accept -x -a 'ask friends all' -d 'Whose offers to take unasked'
complete -c shoal-cli -n '__shoal_cli_in receive' -l once -d 'Stop after the first offer'
complete -c shoal-cli -n '__shoal_cli_in receive' -l no-pass-on -d 'Do not pass on to other receivers'
complete -c shoal-cli -n '__shoal_cli_in send' -s t -l to -x -a '(__shoal_cli_devices)' -d 'To whom'
complete -c shoal-cli -n '__shoal_cli_in send' -l text -x -d 'Send this text'
complete -c shoal-cli -n '__shoal_cli_in share' -s p -l private -d 'Make a link that cannot be guessed'
complete -c shoal-cli -n '__shoal_cli_in share' -l for -x -a 'friends (__shoal_cli_devices)' -d 'Only for them'
complete -c shoal-cli -n '__shoal_cli_in share' -s k -l keep -d 'Only begin: receive or the app serves it'
complete -c shoal-cli -n '__shoal_cli_in get describe' -l from -x -d 'Try this source'
complete -c shoal-cli -n '__shoal_cli_in export' -s o -l output -r -F -d 'The file to write'
complete -c shoal-cli -n '__shoal_cli_in transfers' -l remove -x -d 'Take this one off the list'
complete -c shoal-cli -n '__shoal_cli_in transfers' -l clear -d 'Take all that are over off the list'
complete -c shoal-cli -n '__shoal_cli_in shares' -l end -x -d 'Share this no longer'

complete -c shoal-cli -n '__shoal_cli_in send share export get describe verify' -F
complete -c shoal-cli -n '__shoal_cli_in list doctor; and __shoal_cli_nth 0' -a '(__shoal_cli_devices)'
complete -c shoal-cli -n '__shoal_cli_in friend; and __shoal_cli_nth 0' -a 'add list remove block unblock verify forget rename auto-accept forget-address'
complete -c shoal-cli -n '__shoal_cli_in friend; and __shoal_cli_after 1 add remove block unblock verify forget rename auto-accept' -a '(__shoal_cli_devices)'
complete -c shoal-cli -n '__shoal_cli_in friend; and __shoal_cli_after 2 auto-accept' -a 'any off'
complete -c shoal-cli -n '__shoal_cli_in set; and __shoal_cli_nth 0' -a 'name picture download-directory seen-by accept pass-on download-limit upload-limit slow-download-limit slow-upload-limit slow-mode interfaces port on-close start-at-login metered-consent internet trackers servers'
complete -c shoal-cli -n '__shoal_cli_in set; and __shoal_cli_after 1 pass-on slow-mode start-at-login metered-consent internet' -a 'on off'
complete -c shoal-cli -n '__shoal_cli_in set; and __shoal_cli_after 1 seen-by' -a 'everyone while-open friends nobody'
complete -c shoal-cli -n '__shoal_cli_in set; and __shoal_cli_after 1 accept' -a 'ask friends all'
complete -c shoal-cli -n '__shoal_cli_in set; and __shoal_cli_after 1 on-close' -a 'ask keep quit'
complete -c shoal-cli -n '__shoal_cli_in set; and __shoal_cli_after 1 download-directory' -F
