"""Twenty ways to set the switches: each differs from the defaults, and together they turn every one."""

from functools import cache

from tests.helm.rendering import Json, Object, objects, values_of

SHA256 = "0" * 64
PEERS: list[Json] = [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
POSTGRES: Json = {"kind": "external", "external": {"secret": "records"}}
BUCKET: Json = {"kind": "s3", "s3": {"url": "s3://bucket/prefix", "secret": "bucket"}}
PUBLIC: Json = {"publicUrl": "https://ki67.hospital.example"}

COMBINATIONS: dict[str, Json] = {
    "own secrets": {"secrets": {"existing": "mine"}},
    "own claim": {"persistence": {"existingClaim": "mine"}},
    "a claim that goes": {"persistence": {"keep": False, "storageClass": "fast"}},
    "PostgreSQL, images in the volume": {
        "database": POSTGRES,
        "persistence": {"accessMode": "ReadWriteMany"},
    },
    "PostgreSQL and a bucket": {"database": POSTGRES, "objects": BUCKET},
    "a bucket by the pod's role": {
        "database": POSTGRES,
        "objects": {"kind": "s3", "s3": {"url": "s3://bucket", "region": "eu-central-1"}},
        "serviceAccount": {"annotations": {"cloud.example/role": "ki67"}},
    },
    "a bucket beside SQLite, of another server": {
        "objects": {**BUCKET, "s3": {**BUCKET["s3"], "endpoint": "http://minio:9000", "port": 9000}}
    },
    "CloudNativePG with every option": {
        "database": {
            "kind": "cloudnativepg",
            "cloudnativepg": {"storageClass": "fast", "imageName": "postgresql:17"},
        }
    },
    "mail": {
        "gateway": PUBLIC,
        "mail": {"kind": "smtp", "smtp": {"host": "mail", "user": "ki67", "secret": "mail"}},
    },
    "OpenID": {"gateway": PUBLIC, "oidc": {"issuer": "https://login.example", "secret": "oidc"}},
    "ingress": {
        "gateway": {
            "ingress": {"enabled": True, "tlsSecret": "tls", "className": "nginx"},
            "trustedProxies": 1,
        }
    },
    "Gateway API": {
        "gateway": {
            "route": {"enabled": True, "parentRefs": [{"name": "public"}], "hostnames": ["ki67.example"]}
        }
    },
    "scaled by Kubernetes": {
        "gateway": {"autoscaling": {"enabled": True}},
        "worker": {"autoscaling": {"kind": "hpa"}},
        "torchserve": {"autoscaling": {"kind": "hpa"}},
        "monitoring": {"adapterRules": True},
    },
    "scaled by KEDA": {
        "worker": {"autoscaling": {"kind": "keda"}},
        "torchserve": {"autoscaling": {"kind": "keda"}},
    },
    "a slice of a GPU": {
        "torchserve": {
            "gpu": {"count": 1, "resource": "nvidia.com/mig-1g.10gb", "runtimeClassName": "nvidia"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
            "nodeSelector": {"gpu": "yes"},
            "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "50%"},
        }
    },
    "archives from elsewhere": {
        "torchserve": {
            "versions": ["1.2", "1.1"],
            "archives": [
                {"version": "1.2", "url": "https://models.example/a.mar", "sha256": SHA256},
                {"version": "1.3", "url": "/source/b.mar", "sha256": SHA256},
            ],
            "archivesClaim": "models",
        },
        "objects": BUCKET,
    },
    "watched": {
        "monitoring": {
            "serviceMonitors": {"enabled": True, "labels": {"release": "prometheus"}},
            "rules": {"enabled": True, "labels": {"release": "prometheus"}},
            "dashboard": {"enabled": True},
            "traces": "http://collector.monitoring:4318",
        }
    },
    "load": {
        "loadtest": {"enabled": True, "workers": 3, "profile": "step", "arguments": ["--seconds", "20"]}
    },
    "no policies": {"network": {"policies": False}},
    "narrow policies, pinned images, another name": {
        "nameOverride": "proliferation",
        "imagePullSecrets": ["pull"],
        "network": {"clients": PEERS, "outside": PEERS},
        "gateway": {
            "image": {"digest": f"sha256:{SHA256}"},
            "settings": {"GATEWAY_IMAGES_LIMIT": "500"},
            "service": {"type": "LoadBalancer", "annotations": {"cloud.example/internal": "true"}},
            "administrator": "head@hospital.example",
        },
    },
}


@cache
def rendered(name: str) -> tuple[Object, ...]:
    """Return the objects of a combination or a profile, rendered once; "" is values.yaml alone."""
    return tuple(objects(COMBINATIONS.get(name) or values_of(name)))
