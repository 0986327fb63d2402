# fish completion for shoal
# SPDX-License-Identifier: GPL-3.0-or-later

complete -c shoal -s h -l help -d 'Show help options'
complete -c shoal -l send -d 'Send the files and folders that follow'
complete -c shoal -l background -d 'Start without a window, and receive'
complete -c shoal -l state -x -a '(__fish_complete_directories)' -d 'Keep key and state there'
complete -c shoal -l version -d 'Print the version'
