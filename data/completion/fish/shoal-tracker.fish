# fish completion for shoal-tracker
# SPDX-License-Identifier: GPL-3.0-or-later

complete -c shoal-tracker -f
complete -c shoal-tracker -s h -l help -d 'Show help options'
complete -c shoal-tracker -s l -l listen -x -d 'Listen at ADDRESS:PORT'
complete -c shoal-tracker -l tls-certificate -r -F -d 'Serve wss:// with this certificate'
complete -c shoal-tracker -l tls-key -r -F -d 'Its private key'
complete -c shoal-tracker -l interval -x -d 'Ask for an announcement so often (seconds)'
complete -c shoal-tracker -l max-sockets -x -d 'At most so many connections'
complete -c shoal-tracker -l max-per-address -x -d 'At most so many of one address'
complete -c shoal-tracker -l behind-proxy -d 'Count whom X-Forwarded-For names'
complete -c shoal-tracker -l public-metrics -d 'Show /metrics to everybody'
complete -c shoal-tracker -l version -d 'Print the version'
