# Prints what zsh offers for a line, by its own completion system: zsh -f offers.zsh COMPLETION-SCRIPT LINE
# That system answers at a terminal alone, so a second zsh has one, in which compadd says what it was given.
zmodload zsh/zpty
zpty inner zsh -f -i
say() { zpty -w inner "$1" }

say 'PROMPT= RPROMPT='
say 'autoload -Uz compinit && compinit -u -D'
say "source $1"
say 'compadd() {
  local -a hits
  case " $* " in *" -O "*|*" -A "*|*" -D "*) builtin compadd "$@"; return ;; esac
  builtin compadd -O hits "$@"
  print -l -- "OFFERS" $hits "END" > $said
  builtin compadd "$@"
}'
said=$(mktemp)
say "said=$said"
# The words in two parts, so that the echo of the line is not taken for what it prints.
say 'finish() { zle -I; print -n "AS""KED" }; zle -N finish; bindkey "^Xf" finish'
say 'bindkey "^I" list-choices; print "REA""DY"'
zpty -r -m inner output '*READY*' || exit 1
zpty -w -n inner "$2"$'\t'$'\C-Xf'
zpty -r -m inner output '*ASKED*' || exit 1
sed -n '/OFFERS/,/END/p' $said | grep -v -e OFFERS -e END | sort -u
zpty -d inner
rm -f $said
