#!/bin/sh
# Makes RPMs from the files of Debian's packages: build-packages.sh BUILD_DIRECTORY REPOSITORY
set -eu
build=$1 repo=$2
mkdir -p "$repo"
for spec in "$build"/specs/*.spec; do
  name=$(basename "$spec" .spec)
  files=$build/files/$name
  mkdir -p "$files"
  version=
  # The Debian packages that an RPM is made of stand in its spec.
  for deb in $(sed -n 's/^# From: //p' "$spec"); do
    archive=$(echo /var/cache/apt/archives/"$deb"_*.deb)
    dpkg-deb -x "$archive" "$files"
    version=$(dpkg-deb -f "$archive" Version | sed 's/^[0-9]*://; s/-[^-]*$//; s/[+~].*//')
  done
  # Enterprise Linux has one /usr: nothing lies in /bin, /lib and /sbin of its own.
  for directory in bin sbin lib; do
    [ ! -d "$files/$directory" ] || { mkdir -p "$files/usr/$directory"; cp -a "$files/$directory/." "$files/usr/$directory/"; }
  done
  rpmbuild -bb --quiet --define "_topdir $build/rpmbuild" --define "_rpmdir $repo" --define "debian_version ${version:-0}" \
    --define "source $files" --define "debug_package %{nil}" --define "__os_install_post %{nil}" \
    --define "_build_id_links none" --define "_binary_payload w1.gzdio" "$spec"
done
createrepo_c --quiet "$repo"
