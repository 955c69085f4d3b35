# Every dependency of the program and its tests, once: what it is for, the least version, the Debian 12 package.
# script/setup installs exactly the packages named after "deb:". Nothing is fetched or vendored.
#
# tool     clang-19       deb: clang-19 lld-19 libclang-rt-19-dev   compiler of record (docs/decisions), linker, sanitizers
# tool     cmake 3.25     deb: cmake ninja-build ccache pkg-config   build
# tool     openssl        deb: openssl                               the demo recomputes the callback's signature with it
# tool     curl, jq       deb: curl jq                               the demo makes the user's calls with them
# tool     ca-certificates deb: ca-certificates                      trust for TLS to services
find_package(Threads REQUIRED)
# Boost 1.81: Asio coroutines, Beast's HTTP parser, JSON for the API.
#   deb: libboost1.81-dev libboost-json1.81-dev
# (Never libboost-all-dev beside it: that is 1.74 and removes these.)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json)
# OpenSSL 3: TLS, SHA-256, HMAC.                            deb: libssl-dev
find_package(OpenSSL 3 REQUIRED)
find_package(PkgConfig REQUIRED)
# libsodium: secrets at rest, random bytes, Base64.          deb: libsodium-dev
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
# SQLite: the embedded ledger and catalogue.                 deb: libsqlite3-dev
find_package(SQLite3 3.40 REQUIRED)
# yaml-cpp: reads connector files.                           deb: libyaml-cpp-dev
find_package(yaml-cpp 0.7 REQUIRED)
# simdjson: reads the services' answers.                     deb: libsimdjson-dev
find_package(simdjson 3 REQUIRED)
# RE2: patterns in connector files, linear time.             deb: libre2-dev
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
# zlib and libzstd: uploaded files that are compressed.       deb: zlib1g-dev libzstd-dev
find_package(ZLIB 1.2.11 REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.5)
# fmt and spdlog: text and log lines.                        deb: libfmt-dev libspdlog-dev
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
# CLI11: the command line.                                   deb: libcli11-dev
find_package(CLI11 2.1 REQUIRED)
if(ROWCALL_TESTS)
  # GoogleTest and rapidcheck: tests and properties.         deb: libgtest-dev librapidcheck-dev
  find_package(GTest 1.12 REQUIRED)
  find_package(rapidcheck CONFIG REQUIRED)
  # npm packages of the tests (intercom-client, standardwebhooks) stand in tests/package.json with the lock file;
  # nodejs and npm come from apt only where the machine has no npm.
endif()
