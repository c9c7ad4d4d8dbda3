#!/bin/sh
# Signs build/windows/frozen, packs it, and signs the setup and its uninstaller. Without a certificate it packs unsigned
# and says so.
#   CERTIFICATE           a PKCS#12 file in base64
#   CERTIFICATE_PASSWORD
set -eu
cd "$(dirname "$0")/../.."
if [ -z "${CERTIFICATE:-}" ]; then
    echo "NOT SIGNED: no certificate is configured (secret WINDOWS_CERTIFICATE)."
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    (umask 077 && printf %s "$CERTIFICATE" | base64 -d >"$folder/certificate.p12")
    cat >"$folder/sign" <<EOF
#!/bin/sh
set -eu
osslsigncode sign -pkcs12 "$folder/certificate.p12" -readpass "$folder/password" -h sha256 -n Stallhand \
    -t http://timestamp.digicert.com -in "\$1" -out "\$1.signed" && mv "\$1.signed" "\$1"
EOF
    (umask 077 && printf %s "${CERTIFICATE_PASSWORD:-}" >"$folder/password")
    chmod +x "$folder/sign"
    for program in Stallhand stallhand-cli; do "$folder/sign" "build/windows/frozen/Stallhand/$program.exe"; done
    export STALLHAND_SIGN="$folder/sign"
fi
.venv/bin/python -m installer.windows.build pack
