# The compiler of record is clang-19 with libstdc++ (the presets name it). g++ before 14 destroys the temporaries of a
# coroutine twice: silently with some code, with a double free in other. See docs/decisions.
option(ALLOW_OLD_GCC "Build with g++ < 14 although it miscompiles coroutines" OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14 AND NOT ALLOW_OLD_GCC)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles C++20 coroutines (temporaries in an awaited expression are destroyed twice). "
    "Use clang-19: cmake --preset dev. To build all the same: -DALLOW_OLD_GCC=ON.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
                    -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=lld)
endif()
add_compile_options(-fstack-protector-strong)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # What users run is compiled as a whole: a row passes many small functions of many folders (docs/performance.md).
  if(NOT CMAKE_CXX_COMPILER_AR)
    message(FATAL_ERROR "${CMAKE_BINARY_DIR} was set up before llvm-ar was installed: remove it, and build again.")
  endif()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(-Wl,--gc-sections)
endif()
add_compile_definitions(_GLIBCXX_ASSERTIONS BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
# Frames of coroutines by operator new: Asio's own cache holds two blocks a thread, a row passes sixteen frames, and what
# misses the cache goes the slow way of aligned_alloc.
add_compile_definitions(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)

set(ROWCALL_SANITIZE "" CACHE STRING "address,undefined or thread")
if(ROWCALL_SANITIZE)
  # Without vptr: that check opens a pipe at each object it meets first, and so fails where a test uses up descriptors.
  add_compile_options(-fsanitize=${ROWCALL_SANITIZE} -fno-sanitize-recover=all -fno-sanitize=vptr
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ROWCALL_SANITIZE})
endif()
