(ns quintet.core
  "Servers under five patterns of threads and sockets.

  `run-server` is an adapter for Ring; `serve` is for other protocols; `spec`, `step` and `draw`
  give the machines as data."
  (:require [clojure.string :as str])
  (:import (io.quintet Handler LateHandler Quintet Reply Server ServerBuilder)
           (io.quintet.codec Codec Echo LengthPrefixed Line Peer Streams Streams$Writing)
           (io.quintet.http Http Http$Limits HttpRequest HttpResponse)
           (io.quintet.memcached Memcached)
           (io.quintet.resp Resp)
           (io.quintet.specs Drawing Specs)
           (java.io ByteArrayInputStream Closeable File InputStream OutputStream)
           (java.net InetSocketAddress)
           (java.nio.charset Charset StandardCharsets)
           (java.nio.file Files)
           (java.util List Map Map$Entry Optional)
           (java.util.concurrent Flow$Publisher)
           (javax.net.ssl SSLPeerUnverifiedException SSLSession)))

(set! *warn-on-reflection* true)

;; Names: :idle-timeout-millis here is idleTimeoutMillis there.

(defn- camel [k]
  (let [[first & more] (str/split (name k) #"-")]
    (apply str first (map str/capitalize more))))

(defn- kebab [^String s]
  (keyword (str/lower-case (str/replace s #"([a-z0-9])([A-Z])" "$1-$2"))))

(defn- event-name [k]
  (str/upper-case (str/replace (name k) "-" "_")))

(defn- event-keyword [^String s]
  (keyword (str/lower-case (str/replace s "_" "-"))))

(defn- option-value [v]
  (if (keyword? v) (name v) v))

(defn- option-map [opts]
  (into {}
        (for [[k v] opts :when (some? v)]
          (if (= k :pattern)
            ["topology" (name v)]
            [(camel k) (option-value v)]))))

(defn- data
  "Maps, lists and numbers of Java as those of Clojure."
  [x]
  (cond
    (instance? Map x) (into {} (for [[k v] x] [(if (string? k) (kebab k) k) (data v)]))
    (instance? List x) (mapv data x)
    :else x))

;; Ring

(def ^:private own-fields
  "Fields that the codec writes itself."
  #{"content-length" "transfer-encoding" "date" "connection"})

(defn- headers-of [^HttpRequest request]
  (persistent!
   (reduce (fn [headers ^Map$Entry field]
             (let [k (str/lower-case (.getKey field))
                   v (.getValue field)]
               (assoc! headers k
                       (if-let [before (get headers k)]
                         (str before (if (= k "cookie") "; " ",") v)
                         v))))
           (transient {})
           (.headers request))))

(defn- host-of [headers]
  (let [^String host (get headers "host" "")]
    (if-let [[_ name port] (re-matches #"(.*):([0-9]{1,5})" host)]
      [name (Long/parseLong port)]
      [host nil])))

(defn- client-certificate [^SSLSession session]
  (try
    (first (.getPeerCertificates session))
    (catch SSLPeerUnverifiedException _ nil)))

(defn- address-text [^Optional address]
  (let [address (.orElse address nil)]
    (if (instance? InetSocketAddress address)
      (.getHostAddress (.getAddress ^InetSocketAddress address))
      "")))

(defn- ring-request [^HttpRequest request opts]
  (let [headers (headers-of request)
        [host port] (host-of headers)
        ^Peer peer (.peer request)
        ^SSLSession session (.orElse (.session peer) nil)
        body (.body request)]
    (cond-> {:server-port (or port (:server-port @(:bound opts)) 0)
             :server-name host
             :remote-addr (address-text (.address peer))
             :uri (.path request)
             :scheme (if session :https :http)
             :request-method (keyword (str/lower-case (.method request)))
             :protocol (str "HTTP/1." (.minorVersion request))
             :headers headers
             :body (ByteArrayInputStream. body)}
      (.isPresent (.query request)) (assoc :query-string (.get (.query request)))
      session (assoc :ssl-client-cert (client-certificate session)))))

(defn- charset-of ^Charset [content-type]
  (if-let [[_ name] (and content-type (re-find #"(?i)charset=\"?([^\";\s]+)" content-type))]
    (Charset/forName name)
    StandardCharsets/UTF_8))

(defn- write-by-protocol
  "Writes a body by ring.core.protocols, if that is loaded and has it, and waits until the stream is
  closed, which may happen on another thread after this one is back."
  [body response]
  (if-let [write (and (find-ns 'ring.core.protocols)
                      (resolve 'ring.core.protocols/write-body-to-stream))]
    (fn [^OutputStream out]
      (let [closed (promise)]
        (write body response
               (proxy [OutputStream] []
                 (write
                   ([b] (if (bytes? b) (.write out ^bytes b) (.write out (int b))))
                   ([b from length] (.write out ^bytes b (int from) (int length))))
                 (flush [] (.flush out))
                 (close [] (deliver closed true))))
        @closed))
    (throw (IllegalArgumentException.
            (str "a body of " (class body)
                 " is none of String, seq, File, InputStream, bytes, Flow.Publisher, nil")))))

(defn- published [write]
  (Streams/written (reify Streams$Writing (to [_ out] (write out)))))

(defn- read-out
  "Publishes a stream, and closes it, also where nobody asks for it."
  ^Flow$Publisher [^InputStream in]
  (let [^Flow$Publisher content (published (fn [out] (with-open [in in]
                                                       (.transferTo in ^OutputStream out))))]
    (reify
      Flow$Publisher (subscribe [_ subscriber] (.subscribe content subscriber))
      Closeable (close [_] (.close in)))))

(defn- text-bytes ^bytes [body ^Charset charset]
  (.getBytes (if (string? body) ^String body ^String (apply str body)) charset))

(def ^:private file-bytes-max
  "Files up to this many bytes are sent whole, longer ones piece by piece."
  (* 64 1024))

(defn- whole
  "The bytes of a body that is there as a whole, or nil."
  ^bytes [body charset]
  (cond
    (nil? body) (byte-array 0)
    (or (string? body) (and (seq? body) (counted? body))) (text-bytes body charset)
    (bytes? body) body
    (and (instance? File body) (<= (.length ^File body) file-bytes-max))
    (Files/readAllBytes (.toPath ^File body))
    (instance? ByteArrayInputStream body) (with-open [in ^InputStream body] (.readAllBytes in))))

(defn- publisher
  "Makes a body while it is sent."
  ^Flow$Publisher [body response ^Charset charset]
  (cond
    (instance? Flow$Publisher body) body
    (instance? File body) (published (fn [out] (Files/copy (.toPath ^File body) ^OutputStream out)))
    (instance? InputStream body) (read-out body)
    (seq? body) (published (fn [^OutputStream out]
                             (doseq [part body] (.write out (.getBytes (str part) charset)))))
    :else (published (write-by-protocol body response))))

(defn- header-entries [headers]
  (for [[k v] headers
        :when (not (own-fields (str/lower-case k)))
        one (if (string? v) [v] v)]
    (Map/entry k (str one))))

(defn- field [headers wanted]
  (some (fn [[k v]] (when (.equalsIgnoreCase ^String wanted k) (if (string? v) v (first v))))
        headers))

(defn- length-of [headers body]
  (or (some-> ^String (field headers "content-length") parse-long)
      (when (instance? File body) (.length ^File body))))

(defn- made-response ^HttpResponse [{:keys [status headers body] :as response}]
  (let [fields (vec (header-entries headers))
        charset (charset-of (field headers "content-type"))
        length (length-of headers body)]
    (if-let [bytes (whole body charset)]
      (HttpResponse/of (int status) ^List fields ^bytes bytes)
      (let [content (publisher body response charset)]
        (if length
          (HttpResponse/streaming (int status) ^List fields content (long length))
          (HttpResponse/streaming (int status) ^List fields content))))))

(defn- quintet-response ^HttpResponse [response]
  (when-not (map? response)
    (throw (IllegalArgumentException. (str "a response is a map, and not " (pr-str response)))))
  (let [made (made-response response)]
    (if (some-> ^String (field (:headers response) "connection") (.equalsIgnoreCase "close"))
      (.endingConnection made)
      made)))

(def ^:private adapter-options
  #{:async? :max-body-bytes :max-head-bytes})

(defn- http-codec ^Codec [opts]
  (Http/codec (Http$Limits. (:max-head-bytes opts (* 16 1024))
                            (:max-body-bytes opts (* 1024 1024)))))

(defn- late
  "A function of a request, one that takes its reply, and one that takes a failure."
  ^LateHandler [f]
  (reify LateHandler
    (handle [_ request reply]
      (f request
         (fn [value] (.send ^Reply reply value))
         (fn [failure] (.fail ^Reply reply failure))))))

(defn- start ^Server [^ServerBuilder builder opts]
  (-> builder (.options ^Map (option-map opts)) .start))

(defn run-server
  "Starts a Ring handler and returns the server, which `with-open` can close.

  Options: `:port` (0 for a free one), `:host`, `:pattern` (`:single-thread`, `:multi-thread`,
  `:load-balanced`, `:reuseport`, `:multi-process`), `:async?` for a handler of three arguments,
  `:max-body-bytes`, `:max-head-bytes`, and every option of io.quintet.Options in kebab case, such
  as `:idle-timeout-millis`. The body of a request is whole. That of a response is made while it is
  sent where it is a stream, a file of more than 64 KiB, a lazy seq, written by the protocol of Ring,
  or a `java.util.concurrent.Flow$Publisher` of byte arrays."
  (^Server [handler] (run-server handler {}))
  (^Server [handler opts]
   (let [bound (atom {})
         context (assoc opts :bound bound)
         codec (http-codec opts)
         builder (if (:async? opts)
                   (Quintet/serverLater
                    codec
                    (late (fn [request respond raise]
                            (handler (ring-request request context)
                                     (fn [response] (respond (quintet-response response)))
                                     raise))))
                   (Quintet/server
                    codec
                    (reify Handler
                      (handle [_ request]
                        (quintet-response (handler (ring-request request context)))))))
         server (start builder (apply dissoc opts adapter-options))]
     (reset! bound {:server-port (.port server)})
     server)))

;; Other protocols

(defn codec
  "A codec by its name: :line, :echo, :resp, :memcached, :http, :frames (behind four bytes of
  length); or the codec that is given."
  ^Codec [c]
  (case c
    :line (Line/codec)
    :echo (Echo/codec)
    :resp (Resp/codec)
    :memcached (Memcached/codec)
    :http (Http/codec)
    :frames (LengthPrefixed/of 4)
    c))

(defn serve
  "Starts a server of any protocol: `f` takes a request of the codec and returns its reply.

      (serve :line clojure.string/upper-case {:port 7000 :pattern :reuseport})"
  (^Server [c f] (serve c f {}))
  (^Server [c f opts]
   (start (Quintet/server (codec c) (reify Handler (handle [_ request] (f request)))) opts)))

(defn serve-later
  "Likewise, where `f` takes a request, a function that takes its reply, and one that takes a failure,
  of which it calls one, once, now or later."
  (^Server [c f] (serve-later c f {}))
  (^Server [c f opts]
   (start (Quintet/serverLater (codec c) (late f)) opts)))

(defn port
  "The port on which a server listens."
  [^Server server]
  (.port server))

(defn stats
  "What a server has done so far, with keyword keys."
  [^Server server]
  (data (.stats server)))

(defn explain
  "The last transitions of each connection, by its descriptor."
  [^Server server]
  (into (sorted-map) (.explain server)))

;; Specs

(defn specs
  "The names of all machines and topologies."
  []
  {:machines (mapv keyword (Specs/machineIds))
   :topologies (mapv keyword (Specs/topologyIds))})

(defn- transition [t]
  (cond-> {:target (keyword (get t "target"))}
    (get t "actions") (assoc :action (keyword (kebab (get t "actions"))))))

(defn- transitions [m]
  (into {} (for [[event t] m] [(event-keyword event) (transition t)])))

(defn- state [s]
  (cond-> {:description (get s "description")}
    (= "final" (get s "type")) (assoc :final? true)
    (get s "on") (assoc :on (transitions (get s "on")))
    (get s "after") (assoc :after (transitions (get s "after")))
    (get-in s ["meta" "interest"]) (assoc :interest (mapv event-keyword
                                                          (get-in s ["meta" "interest"])))))

(defn spec
  "A machine or a topology as data: `(spec :connection)`, `(spec :reuseport)`."
  [id]
  (let [d (Specs/data (name id))]
    (if (get d "states")
      {:id id
       :description (get d "description")
       :initial (keyword (get d "initial"))
       :states (into {} (for [[k s] (get d "states")] [(keyword k) (state s)]))}
      (data d))))

(defn step
  "Where an event leads from a state of a machine: `{:target … :action …}`, or nil if nowhere.
  A deadline is an event too: `(step (spec :connection) :idle :idle)`."
  [machine state event]
  (let [{:keys [on after]} (get-in machine [:states state])]
    (or (get on event) (get after event))))

(defn draw
  "A machine as a diagram of Mermaid."
  [machine]
  (Drawing/mermaid (Specs/machine (name (:id machine machine)))))
