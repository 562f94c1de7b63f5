#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace bpf_loader {

/// An IPv4 or IPv6 address with a port, as the socket calls take and give it.
class SocketAddress {
 public:
  /// Nothing unless `host` is a numeric address, without a zone.
  static std::optional<SocketAddress> Parse(const std::string& host, uint16_t port);

  /// For the kernel to write an address into.
  [[nodiscard]] sockaddr* Room() { return &address_.any; }
  static constexpr socklen_t kRoomBytes = sizeof(sockaddr_in6);

  [[nodiscard]] const sockaddr* Raw() const { return &address_.any; }
  [[nodiscard]] socklen_t Size() const { return IsV6() ? sizeof(address_.v6) : sizeof(address_.v4); }
  [[nodiscard]] int Family() const { return address_.any.sa_family; }
  [[nodiscard]] bool IsV6() const { return Family() == AF_INET6; }
  /// Numeric, without a zone; an IPv4-mapped one is the IPv4 address that it stands for.
  [[nodiscard]] std::string Host() const;
  [[nodiscard]] uint16_t Port() const;

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address_{.v6 = {}};
};

}  // namespace bpf_loader
