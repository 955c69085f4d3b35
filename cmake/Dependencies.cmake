# Every dependency of the program and its tests, once: what it is for, the least version, the Debian 12 package.
# script/setup installs exactly the packages named after "deb:"; with --tests also those after "deb-node:" and
# "deb-tests:", with --lint those after "deb-lint:", with --bench those after "deb-node:" and "deb-bench:". Nothing is
# fetched or vendored.
#
# clang 19, the compiler of record (docs/decisions), with its linker, its archiver (for what is compiled as a whole) and its
# sanitizers.
#   deb: clang-19 lld-19 llvm-19 libclang-rt-19-dev
# CMake 3.25 and Ninja 1.11: build; ccache 4.7, if there: each file only once; pkg-config 1.8: finds libraries.
#   deb: cmake ninja-build ccache pkg-config
# OpenSSL's program 3: the demo recomputes the callback's signature with it.   deb: openssl
# curl 7.88 and jq 1.6: the demo makes the user's calls with them.             deb: curl jq
# Any ca-certificates: whom to trust in TLS to services.                       deb: ca-certificates
# Node.js 18 with npm: runs the tests of the whole program. From Debian only where the machine has no npm.
#   deb-node: nodejs npm
# strace 6.1: script/torture makes single system calls fail with it.         deb-tests: strace
# sqlite3 3.40, the program: script/torture asks it whether databases are whole.   deb-tests: sqlite3
# clang-format and clang-tidy 19: script/lint.      deb-lint: clang-format-19 clang-tidy-19
# wrk 4.1: how fast requests can go at all, for script/bench.          deb-bench: wrk
# valgrind 3.19: counts instructions for script/bench --instructions.  deb-bench: valgrind
# nginx 1.22: what script/bench loads into. Installed, it would serve port 80 of this machine from then on; so only its
# files are taken out of the package, into build/bench.                deb-bench-files: nginx
# syslog-ng 3.38 with its http destination: what script/bench measures Rowcall beside. Installed, it would take the place of
# the machine's own log daemon; so only its files, and the libraries that they need.
#   deb-bench-files: syslog-ng-core syslog-ng-mod-http
#   deb-bench: libivykis0 libnet1 libwrap0 libjson-c5 libglib2.0-0 libpcre3 libcap2

# POSIX threads, from the C library.
find_package(Threads REQUIRED)
# Boost 1.81: Asio coroutines, Beast's HTTP parser, JSON for the API.
#   deb: libboost1.81-dev libboost-json1.81-dev
# (Never libboost-all-dev beside it: that is 1.74 and removes these.)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json)
# OpenSSL 3: TLS, SHA-256, HMAC.                             deb: libssl-dev
find_package(OpenSSL 3 REQUIRED)
find_package(PkgConfig REQUIRED)
# libsodium 1.0.18: secrets at rest, random bytes, Base64.   deb: libsodium-dev
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
# SQLite 3.40: the embedded ledger and catalogue.            deb: libsqlite3-dev
find_package(SQLite3 3.40 REQUIRED)
# xxHash 0.8: the checksum of each page of both databases.   deb: libxxhash-dev
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash>=0.8)
# yaml-cpp 0.7: reads connector files.                       deb: libyaml-cpp-dev
find_package(yaml-cpp 0.7 REQUIRED)
# simdjson 3: reads the services' answers.                   deb: libsimdjson-dev
find_package(simdjson 3 REQUIRED)
# RE2 2022-06-01: patterns in connector files, linear time.  deb: libre2-dev
# (Its pkg-config file calls every version 0.0.0, so that none can be asked for.)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
# zlib 1.2.11 and libzstd 1.5: compressed uploads.           deb: zlib1g-dev libzstd-dev
find_package(ZLIB 1.2.11 REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd>=1.5)
# libxlsxwriter 1.1: result files for spreadsheets.          deb: libxlsxwriter-dev
pkg_check_modules(XLSXWRITER REQUIRED IMPORTED_TARGET xlsxwriter>=1.1)
# fmt 9 and spdlog 1.10: text and log lines.                 deb: libfmt-dev libspdlog-dev
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
# prometheus-cpp 1.0, its core alone: counters, and the text that Prometheus scrapes.   deb: prometheus-cpp-dev
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core>=1.0)
# jemalloc 5: memory for the program. Rows are many small blocks; docs/decisions says what they cost.
#                                                            deb: libjemalloc-dev
pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc>=5)
# CLI11 2.1: the command line.                               deb: libcli11-dev
find_package(CLI11 2.1 REQUIRED)
if(ROWCALL_TESTS)
  # GoogleTest 1.12 and rapidcheck (no version): tests, properties.   deb: libgtest-dev librapidcheck-dev
  find_package(GTest 1.12 REQUIRED)
  find_package(rapidcheck CONFIG REQUIRED)
  # npm packages of the tests (intercom-client, standardwebhooks) stand in tests/node/package.json with the lock file,
  # those of script/bench (csv-parse, intercom-client, undici) in bench/package.json.
endif()
# Google Benchmark 1.7: the pieces of a row's way, for script/bench.   deb-bench: libbenchmark-dev
find_package(benchmark 1.7 QUIET)
